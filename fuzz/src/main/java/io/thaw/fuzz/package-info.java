/// Runs the fuzz targets: one child process for each, with bounds on its memory and on the time
/// of one input, and a table of what came of it. The targets themselves are in `targets`, and
/// beside the package-private classes they test.
@NullMarked
package io.thaw.fuzz;

import org.jspecify.annotations.NullMarked;
