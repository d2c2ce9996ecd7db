/// Inflate that shows where it stands: gzip and zlib streams decoded with checkpoints at block
/// borders, and resumed at any of them.
///
/// Knows nothing of tar files or zTOCs.
@NullMarked
package io.thaw.ztoc.inflate;

import org.jspecify.annotations.NullMarked;
