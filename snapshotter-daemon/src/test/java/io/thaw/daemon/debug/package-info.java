/// Looking into the daemon.
@NullMarked
package io.thaw.daemon.debug;

import org.jspecify.annotations.NullMarked;
