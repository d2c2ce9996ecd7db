package io.thaw.index;

import io.thaw.index.oci.ImageManifest;
import io.thaw.registry.Descriptor;

/// What came of looking for an image's index.
public sealed interface IndexDiscovery {

  /// An index that belongs to the image, verified down from the image's digest.
  ///
  /// @param index its content
  /// @param descriptor the index manifest itself
  /// @param image the image manifest of the wanted platform, whose layers the index describes
  /// @param imageDescriptor the image manifest's own descriptor
  record Found(
      SociIndex index,
      Descriptor descriptor,
      IndexSource source,
      ImageManifest image,
      Descriptor imageDescriptor)
      implements IndexDiscovery {}

  /// No usable index.
  ///
  /// @param reason in words an operator understands, one sentence per place looked at
  /// @param image the image manifest of the wanted platform
  /// @param imageDescriptor the image manifest's own descriptor
  record NotFound(String reason, ImageManifest image, Descriptor imageDescriptor)
      implements IndexDiscovery {}

  /// The image manifest of the wanted platform.
  ImageManifest image();

  /// The image manifest's own descriptor.
  Descriptor imageDescriptor();
}
