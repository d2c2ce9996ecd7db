/// What is in an image: by layer, directory and package, what it carries for nothing, and what a
/// command needs of it to start.
///
/// What does not live here: where images come from, and how results are shown.
@NullMarked
package io.thaw.cli.analyze;

import org.jspecify.annotations.NullMarked;
