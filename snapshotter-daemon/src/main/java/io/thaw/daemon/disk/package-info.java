/// The disk below the daemon's root: how full it is, and where spans go while it is full. Knows
/// nothing of layers.
@NullMarked
package io.thaw.daemon.disk;

import org.jspecify.annotations.NullMarked;
