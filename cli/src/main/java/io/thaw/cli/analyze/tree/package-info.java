/// The root filesystem an image's layers make, and what they carry for nothing.
///
/// What lives here: the rules by which tar entries of several layers become one tree (whiteouts,
/// opaque directories, hard links, symbolic links), kept in flat arrays. What does not: reading
/// layers, file contents, and what is made of the tree.
@NullMarked
package io.thaw.cli.analyze.tree;

import org.jspecify.annotations.NullMarked;
