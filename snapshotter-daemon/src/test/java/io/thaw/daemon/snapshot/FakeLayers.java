package io.thaw.daemon.snapshot;

import io.thaw.daemon.cover.LayerFrame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Layers that are empty directories; counts what is asked of it.
public final class FakeLayers implements LayerDirectories, LayerProvider {
  final Map<Path, Integer> mounted = new HashMap<>();
  final Map<Integer, Path> settled = new HashMap<>();
  final Map<Integer, LayerFrame> frames = new HashMap<>();
  final List<Path> adopted = Collections.synchronizedList(new ArrayList<>());
  final Set<Path> quick = new HashSet<>();
  final Set<Integer> numbers = new HashSet<>();
  final Set<Integer> leased = new HashSet<>();
  final List<Request> requests = new ArrayList<>();
  final List<Integer> used = new ArrayList<>();
  int awaitedRemovals;
  int mounts;
  int unmounts;
  boolean mountFails;
  public Outcome next = new Outcome.Left("nothing prepared");

  /// Lets the next `provide` answer a lazy layer.
  public void offerLazy(int number) {
    offer(number, true);
  }

  public void offer(int number, boolean lazy) {
    numbers.add(number);
    String digest = "sha256:" + "%064x".formatted(number);
    ProvidedLayer layer = new ProvidedLayer(number, digest, lazy, "a test");
    next =
        new Outcome.Ready(
            layer,
            () -> {
              leased.remove(number);
            });
    leased.add(number);
  }

  @Override
  public Outcome provide(Request request) {
    requests.add(request);
    return next;
  }

  @Override
  public Optional<Path> settled(int layer) throws IOException {
    requireKnown(layer);
    return Optional.ofNullable(settled.get(layer));
  }

  @Override
  public Optional<LayerFrame> frame(int layer) throws IOException {
    requireKnown(layer);
    return Optional.ofNullable(frames.get(layer));
  }

  @Override
  public void adopt(int layer, Path mountpoint, boolean quickXattrs) {
    adopted.add(mountpoint);
  }

  @Override
  public void ensureMounted(int layer, Path mountpoint, boolean quickXattrs) throws IOException {
    requireKnown(layer);
    if (mountFails) {
      throw new IOException("no /dev/fuse");
    }
    if (!Files.isDirectory(mountpoint)) {
      throw new IOException(mountpoint + " is no directory");
    }
    if (quickXattrs) {
      quick.add(mountpoint);
    }
    if (mounted.putIfAbsent(mountpoint, layer) == null) {
      mounts++;
    }
  }

  @Override
  public void unmount(Path mountpoint) {
    if (mounted.remove(mountpoint) != null) {
      unmounts++;
    }
  }

  @Override
  public Usage usage(int layer) throws IOException {
    requireKnown(layer);
    return new Usage(layer * 1000L, layer);
  }

  @Override
  public List<Integer> numbers() {
    return List.copyOf(numbers);
  }

  @Override
  public void removeIf(int layer, Unused unused) throws IOException {
    if (!leased.contains(layer) && unused.check()) {
      numbers.remove(layer);
    }
  }

  @Override
  public void awaitRemovals() {
    awaitedRemovals++;
  }

  @Override
  public void used(int layer) {
    used.add(layer);
  }

  private void requireKnown(int layer) throws IOException {
    if (!numbers.contains(layer)) {
      throw new IOException("there is no layer " + layer);
    }
  }
}
