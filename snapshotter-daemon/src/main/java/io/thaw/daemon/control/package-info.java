/// The daemon's own API: status, explain, prewarm. Reads what the other packages know and
/// decides nothing itself.
@NullMarked
package io.thaw.daemon.control;

import org.jspecify.annotations.NullMarked;
