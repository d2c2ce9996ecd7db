/// The same file system through libfuse 2 and jnr-fuse, for hosts where mount(2) is not ours to
/// call.
///
/// It is a thin adapter and lacks what libfuse 2.9's path interface lacks: names that are not UTF-8
/// cannot be opened, reads are at most 128 KiB, there is no READDIRPLUS, symbolic links are not
/// cached, and a mount takes about two seconds.
@NullMarked
package io.thaw.fuse.jnr;

import org.jspecify.annotations.NullMarked;
