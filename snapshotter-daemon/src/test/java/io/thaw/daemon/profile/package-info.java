@NullMarked
package io.thaw.daemon.profile;

import org.jspecify.annotations.NullMarked;
