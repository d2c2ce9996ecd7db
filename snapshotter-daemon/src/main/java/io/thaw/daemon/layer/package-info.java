/// The layers of this host: one directory each, filled span by span or unpacked at once, shared by
/// all snapshots that contain the layer.
///
/// What lives here: every path under `layers/`, the one writer of layer trees, what is recorded
/// about a layer, and mounting. What does not: which span is fetched when (`fetch`), snapshots,
/// images and registries' rules.
@NullMarked
package io.thaw.daemon.layer;

import org.jspecify.annotations.NullMarked;
