package io.thaw.daemon.image;

import io.thaw.daemon.fetch.FetchTrouble;
import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.daemon.layer.ByteSupplier;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.layer.LayerProgress;
import io.thaw.daemon.layer.LayerState;
import io.thaw.daemon.layer.LayerUsage;
import io.thaw.daemon.layer.MadeZtoc;
import io.thaw.daemon.layer.UnpackOrder;
import io.thaw.daemon.snapshot.LayerProvider.Lease;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// A store that keeps numbers only; counts what is asked of it.
final class FakeOpener implements LayerOpener {
  final Set<Digest> lazyOpens = ConcurrentHashMap.newKeySet();
  final Set<Digest> unpacks = ConcurrentHashMap.newKeySet();
  final Map<Digest, Opened> layers = new ConcurrentHashMap<>();
  final Set<String> prefetched = ConcurrentHashMap.newKeySet();
  final Set<Digest> filled = ConcurrentHashMap.newKeySet();
  volatile FetchTrouble trouble;
  final Map<Digest, UnpackOrder> orders = new ConcurrentHashMap<>();
  final Map<Digest, MadeZtoc> made = new ConcurrentHashMap<>();
  final Set<Digest> interrupted = ConcurrentHashMap.newKeySet();
  volatile IOException failure;
  volatile IOException lazyFailure;

  /// Taken by a test to hold unpacking up.
  final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int leases;
  private int opened;
  private int running;
  private int nextNumber = 1;

  int leases() {
    lock.lock();
    try {
      return leases;
    } finally {
      lock.unlock();
    }
  }

  void awaitOpened(int count) throws InterruptedException {
    await(() -> opened >= count);
  }

  void awaitPrefetched(int count) throws InterruptedException {
    await(() -> prefetched.size() >= count);
  }

  void awaitIdle() throws InterruptedException {
    await(() -> running == 0);
  }

  void awaitLeases(int count) throws InterruptedException {
    await(() -> leases == count);
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Lease lease(Digest layerDigest) {
    change(() -> leases++);
    return () -> change(() -> leases--);
  }

  @Override
  public ParallelDownloads.Share share() {
    return new ParallelDownloads(ParallelDownloads.Limits.defaults()).share();
  }

  @Override
  public Opened openLazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    lazyOpens.add(blob.digest());
    if (lazyFailure != null) {
      throw lazyFailure;
    }
    return open(blob, true);
  }

  @Override
  public Opened unpack(LayerBlob blob, UnpackOrder order) throws IOException {
    orders.put(blob.digest(), order);
    change(() -> unpacks.add(blob.digest()));
    try {
      gate.acquire();
      gate.release();
    } catch (InterruptedException e) {
      change(() -> interrupted.add(blob.digest()));
      throw new InterruptedIOException("interrupted");
    }
    Opened opened = open(blob, false);
    return new Opened(opened.number(), opened.lazy(), Optional.ofNullable(made.get(blob.digest())));
  }

  void awaitUnpacking(Digest layer) throws InterruptedException {
    await(() -> unpacks.contains(layer));
  }

  void awaitInterrupted(Digest layer) throws InterruptedException {
    await(() -> interrupted.contains(layer));
  }

  private Opened open(LayerBlob blob, boolean lazy) throws IOException {
    change(() -> running++);
    try {
      if (failure != null) {
        throw failure;
      }
      return layers.computeIfAbsent(blob.digest(), _ -> new Opened(number(), lazy));
    } finally {
      change(
          () -> {
            opened++;
            running--;
          });
    }
  }

  private int number() {
    lock.lock();
    try {
      return nextNumber++;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void prefetch(Digest layerDigest, int first, int end, int rank) {
    change(() -> prefetched.add(layerDigest + " " + first + "-" + end));
  }

  @Override
  public void fill(Digest layerDigest) {
    change(() -> filled.add(layerDigest));
  }

  @Override
  public Optional<LayerState> state(Digest layerDigest) {
    Opened layer = layers.get(layerDigest);
    if (layer == null) {
      return Optional.empty();
    }
    boolean settled = !layer.lazy() || (trouble == null && filled.contains(layerDigest));
    return Optional.of(
        new LayerState(
            layer.number(),
            new LayerBlob(layerDigest, 5_000, new Repository("registry.test", "image")),
            layer.lazy(),
            settled,
            new LayerProgress(settled ? 10 : 0, 10, settled ? 5_000 : 0, 5_000),
            new LayerUsage(0, 0),
            Optional.ofNullable(trouble)));
  }

  @Override
  public Optional<LayerProgress> progress(Digest layerDigest, int first, int end) {
    boolean here = prefetched.contains(layerDigest + " " + first + "-" + end);
    int spans = end - first;
    return state(layerDigest)
        .map(_ -> new LayerProgress(here ? spans : 0, spans, here ? spans : 0, spans));
  }

  @Override
  public boolean has(Digest layerDigest, int number) {
    Opened layer = layers.get(layerDigest);
    return layer != null && layer.number() == number;
  }
}
