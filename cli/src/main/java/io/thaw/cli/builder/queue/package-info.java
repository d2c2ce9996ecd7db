/// The builder's jobs: what states they have, and the SQLite file that keeps them.
///
/// Nothing here knows HTTP or registries; see [io.thaw.cli.builder.queue.JobStore].
@NullMarked
package io.thaw.cli.builder.queue;

import org.jspecify.annotations.NullMarked;
