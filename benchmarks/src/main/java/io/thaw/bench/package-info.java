/// What is measured: index building, span latency and the FUSE file system. `io.thaw.bench.demo`
/// shows whole container starts.
@NullMarked
package io.thaw.bench;

import org.jspecify.annotations.NullMarked;
