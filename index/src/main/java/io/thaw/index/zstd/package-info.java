/// zstd by its native library: the decoder that ztoc-core asks for, for daemon and command line.
@NullMarked
package io.thaw.index.zstd;

import org.jspecify.annotations.NullMarked;
