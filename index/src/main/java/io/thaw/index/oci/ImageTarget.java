package io.thaw.index.oci;

import java.io.IOException;

/// A place an image is written to: a layout, a registry, or containerd's stores.
public interface ImageTarget {

  /// What messages call this place. Never holds a secret.
  String name();

  /// Writes the image so that nobody ever sees a part of it: blobs first, then manifests, children
  /// before parents, and what names the image last.
  ///
  /// @throws IOException if the place refuses, or the image's source fails; what was written by
  ///     then is not named by anything, and the place's own collection removes it
  WriteReport write(ImageContent image) throws IOException;
}
