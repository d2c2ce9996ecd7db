/// Talking to the running daemon: status, explain, prewarm.
@NullMarked
package io.thaw.cli.daemon;

import org.jspecify.annotations.NullMarked;
