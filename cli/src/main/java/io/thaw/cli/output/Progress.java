package io.thaw.cli.output;

import io.thaw.index.ConvertProgress;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// Shows how indexing layers and sending blobs goes on: bars that are redrawn on a terminal,
/// lines elsewhere. Safe for many threads.
public final class Progress implements ConvertProgress {
  private static final String READ = "read";

  /// Stands for the digest of a layer that is being read to learn it.
  public static final Digest UNKNOWN = Digest.sha256(new byte[0]);

  private final PrintWriter out;
  private final LongSupplier nanoClock;
  private final View view;
  private final ReentrantLock lock = new ReentrantLock();
  private final Phase reading;
  private final Phase sending;

  private Progress(PrintWriter out, LongSupplier nanoClock, View view, String verb) {
    this.out = out;
    this.nanoClock = nanoClock;
    this.view = view;
    this.reading = new Phase(verb);
    this.sending = new Phase("sent");
  }

  /// What is printed, and when.
  sealed interface View permits Bars, Lines {
    void started(PrintWriter out, LayerProgress layer, long now);

    void advanced(PrintWriter out, Iterable<LayerProgress> active, LayerProgress total, long now);

    void finished(
        PrintWriter out,
        LayerProgress layer,
        Iterable<LayerProgress> active,
        LayerProgress total,
        long now);
  }

  /// Progress on standard error: bars on a terminal, lines elsewhere, nothing if `quiet`.
  public static ConvertProgress onStandardError(PrintWriter err, boolean quiet) {
    return onStandardError(err, quiet, READ);
  }

  /// The same with another word for what is done to a layer's bytes, in the past.
  public static ConvertProgress onStandardError(PrintWriter err, boolean quiet, String verb) {
    if (quiet) {
      return NONE;
    }
    View view = Terminal.isStandardError() ? new Bars(Terminal::width) : new Lines();
    return new Progress(err, System::nanoTime, view, verb);
  }

  static Progress bars(PrintWriter out, LongSupplier nanoClock, IntSupplier width) {
    return new Progress(out, nanoClock, new Bars(width), READ);
  }

  static Progress lines(PrintWriter out, LongSupplier nanoClock) {
    return new Progress(out, nanoClock, new Lines(), READ);
  }

  @Override
  public void layersPlanned(Collection<Descriptor> layers) {
    locked(() -> reading.plan(layers));
  }

  @Override
  public void layerSkipped(Descriptor layer, String reason) {
    locked(() -> reading.cancel(layer));
  }

  @Override
  public void layerReused(Descriptor layer) {
    locked(() -> reading.cancel(layer));
  }

  @Override
  public void layerStarted(Descriptor layer) {
    locked(() -> reading.start(layer));
  }

  @Override
  public void layerAdvanced(Descriptor layer, long bytes) {
    locked(() -> reading.advance(layer, bytes));
  }

  @Override
  public void layerFinished(Descriptor layer) {
    locked(() -> reading.finish(layer));
  }

  @Override
  public void blobsPlanned(Collection<Descriptor> blobs) {
    locked(() -> sending.plan(blobs));
  }

  @Override
  public void blobStarted(Descriptor blob) {
    locked(() -> sending.start(blob));
  }

  @Override
  public void blobAdvanced(Descriptor blob, long bytes) {
    locked(() -> sending.advance(blob, bytes));
  }

  @Override
  public void blobFinished(Descriptor blob, BlobOutcome outcome) {
    locked(
        () -> {
          switch (outcome) {
            case WRITTEN -> sending.finish(blob);
            case PRESENT, MOUNTED -> sending.cancel(blob);
          }
        });
  }

  private void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  /// What is read, or what is sent.
  private final class Phase {
    private final String verb;
    private final Set<Descriptor> planned = new HashSet<>();
    private final Map<Descriptor, LayerProgress> active = new LinkedHashMap<>();
    private final LayerProgress total;

    Phase(String verb) {
      this.verb = verb;
      this.total = new LayerProgress("total", verb, 0, nanoClock.getAsLong());
    }

    void plan(Collection<Descriptor> all) {
      for (Descriptor each : all) {
        if (planned.add(each)) {
          total.expect(each.sizeBytes());
        }
      }
    }

    /// What was planned will not happen.
    void cancel(Descriptor what) {
      if (planned.remove(what)) {
        total.expect(-what.sizeBytes());
      }
      if (active.remove(what) != null) {
        view.advanced(out, active.values(), total, nanoClock.getAsLong());
      }
    }

    /// A second start means that the first failed and all begins anew.
    void start(Descriptor what) {
      long now = nanoClock.getAsLong();
      plan(List.of(what));
      LayerProgress failed = active.remove(what);
      if (failed != null) {
        total.expect(failed.bytes());
      }
      LayerProgress progress = LayerProgress.of(what, verb, now);
      active.put(what, progress);
      view.started(out, progress, now);
      view.advanced(out, active.values(), total, now);
    }

    void advance(Descriptor what, long bytes) {
      LayerProgress progress = active.get(what);
      if (progress != null) {
        long now = nanoClock.getAsLong();
        progress.advance(bytes, now);
        total.advance(bytes, now);
        view.advanced(out, active.values(), total, now);
      }
    }

    void finish(Descriptor what) {
      LayerProgress progress = active.remove(what);
      if (progress != null) {
        view.finished(out, progress, active.values(), total, nanoClock.getAsLong());
      }
    }
  }
}
