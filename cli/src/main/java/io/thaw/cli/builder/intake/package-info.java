/// From a push event to jobs, or to the reason why there are none.
@NullMarked
package io.thaw.cli.builder.intake;

import org.jspecify.annotations.NullMarked;
