/// What developers see of the running daemon: its threads, its heap, its flight recorder. Knows
/// nothing of layers.
@NullMarked
package io.thaw.daemon.debug;

import org.jspecify.annotations.NullMarked;
