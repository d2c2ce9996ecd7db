package io.thaw.cli.builder.work;

import io.thaw.index.ConvertProgress;
import io.thaw.registry.Descriptor;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// How far a running job is. Written by the threads that index, read by those that show it.
public final class JobProgress implements ConvertProgress {
  private final AtomicLong totalBytes = new AtomicLong();
  private final AtomicLong readBytes = new AtomicLong();
  private final AtomicInteger layers = new AtomicInteger();
  private final AtomicInteger finishedLayers = new AtomicInteger();

  /// How far it is at one moment.
  ///
  /// @param totalBytes stored bytes of the layers to index; 0 while that is not known
  public record Reading(long totalBytes, long readBytes, int layers, int finishedLayers) {}

  public Reading read() {
    return new Reading(totalBytes.get(), readBytes.get(), layers.get(), finishedLayers.get());
  }

  @Override
  public void layersPlanned(Collection<Descriptor> planned) {
    layers.set(planned.size());
    totalBytes.set(planned.stream().mapToLong(Descriptor::sizeBytes).sum());
  }

  @Override
  public void layerReused(Descriptor layer) {
    readBytes.addAndGet(layer.sizeBytes());
    finishedLayers.incrementAndGet();
  }

  @Override
  public void layerAdvanced(Descriptor layer, long bytes) {
    readBytes.addAndGet(bytes);
  }

  @Override
  public void layerFinished(Descriptor layer) {
    finishedLayers.incrementAndGet();
  }
}
