package io.thaw.cli.daemon;

import io.thaw.index.ConvertProgress;
import io.thaw.proto.control.v1.PrewarmLayer;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Turns the daemon's looks at a prewarm into the events a progress display takes.
final class PrewarmView {
  private final ConvertProgress progress;
  private final Map<String, Seen> seen = new HashMap<>();

  private record Seen(Descriptor layer, long bytes, boolean done) {}

  PrewarmView(ConvertProgress progress) {
    this.progress = progress;
  }

  void show(PrewarmProgress now) {
    now.getLayersList().forEach(this::show);
  }

  private void show(PrewarmLayer layer) {
    Seen last = seen.get(layer.getDigest());
    if (last == null) {
      if (layer.getWantedBytes() == 0) {
        return; // Not known yet, or nothing.
      }
      Descriptor described =
          new Descriptor("layer", Digest.parse(layer.getDigest()), layer.getWantedBytes());
      progress.layersPlanned(List.of(described));
      progress.layerStarted(described);
      last = new Seen(described, 0, false);
    }
    if (last.done()) {
      return;
    }
    if (layer.getPresentBytes() > last.bytes()) {
      progress.layerAdvanced(last.layer(), layer.getPresentBytes() - last.bytes());
    }
    if (layer.getDone()) {
      progress.layerFinished(last.layer());
    }
    seen.put(
        layer.getDigest(),
        new Seen(last.layer(), Math.max(last.bytes(), layer.getPresentBytes()), layer.getDone()));
  }
}
