/// Reads a layer once, front to back, and keeps what an analysis needs of it: the file list, a
/// digest of every file's content, where spans lie, and small documents such as package databases.
///
/// What does not live here: how layers make a tree, and what documents mean.
@NullMarked
package io.thaw.cli.analyze.scan;

import org.jspecify.annotations.NullMarked;
