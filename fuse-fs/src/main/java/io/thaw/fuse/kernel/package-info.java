/// The FUSE kernel protocol, spoken directly over `/dev/fuse`: structures and opcodes, a server
/// without transport, and the device layer with its threads.
@NullMarked
package io.thaw.fuse.kernel;

import org.jspecify.annotations.NullMarked;
