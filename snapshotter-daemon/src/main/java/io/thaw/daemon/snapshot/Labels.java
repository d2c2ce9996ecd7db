package io.thaw.daemon.snapshot;

import java.util.HashMap;
import java.util.Map;

/// Labels with a meaning to the snapshotter.
public final class Labels {
  /// Name of the committed snapshot containerd would like `Prepare` to make.
  public static final String TARGET = "containerd.io/snapshot.ref";

  /// Marks a committed snapshot that shows a layer of ours, as in SOCI.
  public static final String REMOTE = "containerd.io/snapshot/remote";

  /// Value of [#REMOTE].
  public static final String REMOTE_VALUE = "remote snapshot";

  /// containerd's namespace that asked for it first; containerd puts it before the keys it passes
  /// on.
  public static final String NAMESPACE = "thaw/namespace";

  /// Reference of the image a layer belongs to, as the CRI plugin tells it.
  public static final String IMAGE_REF = "containerd.io/snapshot/cri.image-ref";

  /// Digest of the layer's stored bytes.
  public static final String LAYER_DIGEST = "containerd.io/snapshot/cri.layer-digest";

  /// Digests of this and the following layers of the image, comma-separated.
  public static final String IMAGE_LAYERS = "containerd.io/snapshot/cri.image-layers";

  /// Digest of the image's manifest.
  public static final String MANIFEST_DIGEST = "containerd.io/snapshot/cri.manifest-digest";

  /// Digest of the SOCI index to use.
  public static final String INDEX_DIGEST = "containerd.io/snapshot/remote/soci.index.digest";

  /// User ids of a container with a user namespace: `CONTAINER:HOST:LENGTH`, comma-separated.
  public static final String UID_MAPPING = "containerd.io/snapshot/uidmapping";

  /// Group ids of the same.
  public static final String GID_MAPPING = "containerd.io/snapshot/gidmapping";

  /// Longest key and value together, as in containerd.
  public static final int MAX_SIZE = 4096;

  private Labels() {}

  /// The labels to keep: an empty value means that there is no such label, as in containerd.
  ///
  /// @throws SnapshotException INVALID_ARGUMENT if one is too long
  static Map<String, String> checked(Map<String, String> labels) throws SnapshotException {
    Map<String, String> kept = new HashMap<>();
    for (Map.Entry<String, String> label : labels.entrySet()) {
      int size = label.getKey().length() + label.getValue().length();
      if (size > MAX_SIZE) {
        throw new SnapshotException(
            SnapshotException.Code.INVALID_ARGUMENT,
            "label %s and its value have %d characters; together they may have %d"
                .formatted(abbreviated(label.getKey()), size, MAX_SIZE));
      }
      if (!label.getValue().isEmpty()) {
        kept.put(label.getKey(), label.getValue());
      }
    }
    return kept;
  }

  private static String abbreviated(String key) {
    return key.length() <= 64 ? key : key.substring(0, 64) + "…";
  }
}
