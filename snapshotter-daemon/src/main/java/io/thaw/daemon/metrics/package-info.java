/// Counters for Prometheus and the small HTTP endpoint that shows them.
@NullMarked
package io.thaw.daemon.metrics;

import org.jspecify.annotations.NullMarked;
