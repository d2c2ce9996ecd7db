/// What reading through the FUSE file system costs, beside the directory itself and beside bindfs,
/// a file system on libfuse3.
@NullMarked
package io.thaw.bench.fuse;

import org.jspecify.annotations.NullMarked;
