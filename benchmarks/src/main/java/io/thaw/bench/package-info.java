/// The command line of the measurements and what all of them share: the layer they work on, medians
/// and tables. `io.thaw.bench.index` measures building and inflating, `io.thaw.bench.fuse` the file
/// system; `io.thaw.bench.demo` shows whole container starts.
@NullMarked
package io.thaw.bench;

import org.jspecify.annotations.NullMarked;
