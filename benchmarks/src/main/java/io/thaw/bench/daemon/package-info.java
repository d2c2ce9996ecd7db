/// The daemon's own start: how long until it serves, what its first mount costs beyond a later one,
/// and the training run behind its AOT cache.
@NullMarked
package io.thaw.bench.daemon;

import org.jspecify.annotations.NullMarked;
