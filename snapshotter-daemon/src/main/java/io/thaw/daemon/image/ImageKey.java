package io.thaw.daemon.image;

import io.thaw.daemon.snapshot.Labels;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.util.Map;
import java.util.Optional;

/// What identifies one image's pull.
///
/// @param reference as containerd was told to pull it
/// @param manifest digest of the image's manifest, if containerd says it
/// @param explicitIndex digest of the index to use, if the caller names one
record ImageKey(Reference reference, Optional<Digest> manifest, Optional<Digest> explicitIndex) {

  /// A request whose labels do not tell what layer of what image it is about.
  static final class UnknownImageException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownImageException(String message) {
      super(message);
    }
  }

  /// Reads the labels of a request.
  ///
  /// @throws UnknownImageException if a label is missing or malformed; the message is the reason
  static ImageKey of(Map<String, String> labels) throws UnknownImageException {
    String reference = labels.getOrDefault(Labels.IMAGE_REF, "");
    if (reference.isEmpty()) {
      throw new UnknownImageException(
          "containerd did not say which image the layer belongs to (label %s is missing); set disable_snapshot_annotations = false"
              .formatted(Labels.IMAGE_REF));
    }
    Reference parsed;
    try {
      parsed = Reference.parse(reference);
    } catch (IllegalArgumentException e) {
      throw new UnknownImageException("label " + Labels.IMAGE_REF + ": " + e.getMessage());
    }
    Optional<Digest> manifest = digest(labels, Labels.MANIFEST_DIGEST);
    return new ImageKey(
        parsed,
        manifest.or(() -> Optional.ofNullable(parsed.digest())),
        digest(labels, Labels.INDEX_DIGEST));
  }

  /// Digest of the layer a request is about.
  static Digest layer(Map<String, String> labels) throws UnknownImageException {
    return digest(labels, Labels.LAYER_DIGEST)
        .orElseThrow(
            () ->
                new UnknownImageException(
                    "containerd did not say which layer it wants (label %s is missing)"
                        .formatted(Labels.LAYER_DIGEST)));
  }

  private static Optional<Digest> digest(Map<String, String> labels, String key)
      throws UnknownImageException {
    String value = labels.getOrDefault(key, "");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(value));
    } catch (IllegalArgumentException e) {
      throw new UnknownImageException("label " + key + ": " + e.getMessage());
    }
  }
}
