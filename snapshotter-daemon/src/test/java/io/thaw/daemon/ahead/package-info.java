@NullMarked
package io.thaw.daemon.ahead;

import org.jspecify.annotations.NullMarked;
