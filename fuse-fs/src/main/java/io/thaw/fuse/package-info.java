/// The read-only file system of one layer and the ways to mount it.
///
/// What lives here: what a layer shows ({@link io.thaw.fuse.LayerFilesystem}), where its bytes come
/// from ({@link io.thaw.fuse.LayerContent}) and the backend interface. `kernel` speaks the FUSE
/// kernel protocol itself, `jnr` goes through libfuse, `sys` holds the system calls. What does not:
/// fetching, verifying and storing spans.
@NullMarked
package io.thaw.fuse;

import org.jspecify.annotations.NullMarked;
