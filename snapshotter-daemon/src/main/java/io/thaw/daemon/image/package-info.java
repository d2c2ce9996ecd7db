/// Pulling images: finding an image's index once, starting work on all its layers at once, and
/// saying why each became what it is.
///
/// [io.thaw.daemon.image.ImagePuller] decides; [io.thaw.daemon.image.StoredLayers] adapts the layer
/// store to what the snapshotter asks.
@NullMarked
package io.thaw.daemon.image;

import org.jspecify.annotations.NullMarked;
