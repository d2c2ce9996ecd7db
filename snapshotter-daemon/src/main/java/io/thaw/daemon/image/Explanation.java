package io.thaw.daemon.image;

import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.util.List;
import java.util.Optional;

/// What a pull of an image would do on this node now.
///
/// @param mode lazy if a layer would be
/// @param reason for people
/// @param credentials name of the source credentials come from; holds no secret
/// @param bytesBeforeStart what has to come before a container can start
/// @param bytesBehind what comes while it runs, if layers are filled
/// @param advice what to do to make it lazier
public record Explanation(
    Reference reference,
    Digest manifest,
    String platform,
    LayerMode mode,
    String reason,
    IndexUse index,
    List<LayerPlan> layers,
    String credentials,
    long bytesBeforeStart,
    long bytesBehind,
    List<String> advice) {

  public Explanation {
    layers = List.copyOf(layers);
    advice = List.copyOf(advice);
  }

  /// What would become of a layer.
  ///
  /// @param sizeBytes stored bytes
  /// @param ztoc of a lazy layer
  /// @param ztocBytes of it that have to come; 0 if it was made on this node
  /// @param here the layer, if it is on this node
  /// @param prefetchArtifacts how many the index has for it
  public record LayerPlan(
      Digest digest,
      long sizeBytes,
      LayerMode mode,
      String reason,
      Optional<Digest> ztoc,
      long ztocBytes,
      Optional<LayerState> here,
      int prefetchArtifacts) {

    /// What has to come before a container can start.
    long bytesBeforeStart() {
      if (here.isPresent()) {
        return 0;
      }
      return mode == LayerMode.LAZY ? ztocBytes : sizeBytes;
    }

    /// What comes while it runs.
    long bytesBehind() {
      long missing =
          here.map(l -> l.progress().bytes() - l.progress().bytesPresent()).orElse(sizeBytes);
      return mode == LayerMode.LAZY ? missing : 0;
    }
  }
}
