/// Where the daemon's credentials for registries come from.
@NullMarked
package io.thaw.daemon.credential;

import org.jspecify.annotations.NullMarked;
