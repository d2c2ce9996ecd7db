package io.thaw.daemon.snapshot;

import java.util.Map;

/// Brings layers of images to this node; the snapshotter asks it before it leaves a layer to
/// containerd.
@FunctionalInterface
public interface LayerProvider {

  /// Blocks until the layer can be mounted or it is sure that it will not be.
  ///
  /// Never throws: what goes wrong is a reason to leave the layer to containerd.
  Outcome provide(Request request);

  /// What containerd asked.
  ///
  /// @param target name the committed snapshot is to have
  /// @param labels all labels of the request
  record Request(String key, String target, String parent, Map<String, String> labels) {
    public Request {
      labels = Map.copyOf(labels);
    }
  }

  /// What became of it.
  sealed interface Outcome {

    /// The layer is in the store: mountable lazily, or unpacked already.
    ///
    /// @param lease keeps the layer from being removed until it is closed
    record Ready(ProvidedLayer layer, Lease lease) implements Outcome {}

    /// containerd has to pull and unpack the layer.
    ///
    /// @param reason for people
    record Left(String reason) implements Outcome {}
  }

  /// Keeps a layer in the store.
  @FunctionalInterface
  interface Lease extends AutoCloseable {
    @Override
    void close();
  }
}
