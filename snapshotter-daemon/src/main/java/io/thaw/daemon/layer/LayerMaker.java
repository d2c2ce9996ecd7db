package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.BlobSource;
import io.thaw.fuse.sys.Trees;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryException;
import io.thaw.ztoc.SpanDigestMismatchException;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes new layers, each in a directory of its own, of which nothing is left if that fails. Safe
/// for use by many threads; one layer is made by one caller at a time.
///
/// Bytes that do not have their digest cost the host that sent them its trust. They are asked for
/// again as long as that leaves another host to ask.
final class LayerMaker {
  private static final Logger LOG = LoggerFactory.getLogger(LayerMaker.class);
  private static final int MOST_HOSTS = 8;

  private final Path root;
  private final LazyLayer.Shared shared;
  private final EagerLayers eager;
  private final TreeSync sync;
  private final AtomicInteger nextNumber;

  /// @param firstNumber the number of the first layer that is made
  LayerMaker(
      Path root, LazyLayer.Shared shared, EagerLayers eager, TreeSync sync, int firstNumber) {
    this.root = root;
    this.shared = shared;
    this.eager = eager;
    this.sync = sync;
    this.nextNumber = new AtomicInteger(firstNumber);
  }

  @FunctionalInterface
  private interface Filling {
    Layer fill(int number, LayerPaths paths) throws IOException;
  }

  private Layer inNewDirectory(Filling filling) throws IOException {
    int number = nextNumber.getAndIncrement();
    LayerPaths paths = LayerPaths.of(root, number);
    Files.createDirectory(paths.directory());
    try {
      return filling.fill(number, paths);
    } catch (IOException | RuntimeException e) {
      Trees.delete(paths.directory());
      throw e;
    }
  }

  /// A layer whose bytes come later.
  Layer lazy(LayerBlob blob, Digest ztocDigest, ByteSupplier ztoc) throws IOException {
    return inNewDirectory(
        (number, paths) -> {
          fetchZtoc(paths, ztocDigest, ztoc);
          LayerRecord record = new LayerRecord(blob, ztocDigest, null, null);
          LazyLayer layer = LazyLayer.open(number, paths, record, shared);
          try {
            FrameFile.write(paths, layer.filesystem().tree());
            record.write(paths.record());
          } catch (IOException | RuntimeException e) {
            layer.close();
            throw e;
          }
          return layer;
        });
  }

  private static void fetchZtoc(LayerPaths paths, Digest digest, ByteSupplier ztoc)
      throws IOException {
    try {
      writeZtoc(paths, digest, ztoc);
    } catch (RegistryException e) {
      if (e.kind() != RegistryException.Kind.CORRUPT) {
        throw e;
      }
      LOG.warn("zTOC {} is fetched again: {}", digest, e.getMessage());
      writeZtoc(paths, digest, ztoc);
    }
  }

  private static void writeZtoc(LayerPaths paths, Digest digest, ByteSupplier ztoc)
      throws IOException {
    try (InputStream in = ztoc.open()) {
      DurableFiles.writeVerified(paths.ztoc(), in, digest, ZtocLimits.DEFAULT.maxFileBytes());
    }
  }

  /// A layer that is fetched whole and unpacked; complete when this returns.
  ///
  /// @param made takes the zTOC that was made on the way
  Layer unpacked(LayerBlob blob, UnpackOrder order, AtomicReference<MadeZtoc> made)
      throws IOException {
    Future<Layer> work =
        eager
            .threads()
            .submit(
                () -> inNewDirectory((number, paths) -> unpack(number, paths, blob, order, made)));
    try {
      return OncePerLayer.await(work, blob);
    } catch (InterruptedIOException e) {
      work.cancel(true);
      throw e;
    }
  }

  private Layer unpack(
      int number,
      LayerPaths paths,
      LayerBlob blob,
      UnpackOrder order,
      AtomicReference<MadeZtoc> made)
      throws IOException {
    BlobSource source = shared.sources().open(blob);
    Optional<LayerUsage> bySpans = unpackSpans(source, blob, order, paths);
    LayerUsage usage =
        bySpans.isPresent() ? bySpans.get() : unpackStream(source, blob, order, paths, made);
    LayerRecord record = new LayerRecord(blob, null, usage, shared.boot());
    record.write(paths.record());
    UnpackedLayer layer = new UnpackedLayer(number, blob, paths.tree(), usage);
    sync.soon(layer, record);
    return layer;
  }

  private LayerUsage unpackStream(
      BlobSource source,
      LayerBlob blob,
      UnpackOrder order,
      LayerPaths paths,
      AtomicReference<MadeZtoc> made)
      throws IOException {
    for (int hosts = 1; ; hosts++) {
      Unpacker unpacker = new Unpacker(paths, blob, order.diffId(), order.makeZtoc(), eager);
      try (InputStream stored = eager.downloads().open(source, order.share())) {
        Unpacker.Result result = unpacker.unpack(stored);
        result.ztoc().ifPresent(made::set);
        return result.usage();
      } catch (CorruptLayerException e) {
        if (hosts == MOST_HOSTS || !distrust(source, e)) {
          throw e;
        }
        LOG.warn("Layer {} is fetched again from another host: {}", blob.digest(), e.getMessage());
        Trees.delete(paths.tree());
        Trees.delete(paths.data());
      }
    }
  }

  private static boolean distrust(BlobSource source, IOException why) {
    return source.distrust(0, source.sizeBytes(), String.valueOf(why.getMessage()));
  }

  /// Unpacks by the layer's zTOC; empty if there is none or it is no good, and then nothing is left
  /// of the attempt.
  private Optional<LayerUsage> unpackSpans(
      BlobSource source, LayerBlob blob, UnpackOrder order, LayerPaths paths) throws IOException {
    if (order.ztoc().isEmpty()) {
      return Optional.empty();
    }
    UnpackOrder.KnownZtoc known = order.ztoc().get();
    try {
      fetchZtoc(paths, known.digest(), known.content());
      try (Ztoc ztoc = Ztoc.open(paths.ztoc())) {
        if (SpanUnpacker.canUse(ztoc, blob)) {
          try (InputStream stored = eager.downloads().open(source, order.share())) {
            return Optional.of(
                SpanUnpacker.unpack(
                    stored, blob.digest(), ztoc, shared.extractor(), paths, eager.threads()));
          }
        }
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      if (e.getCause() instanceof SpanDigestMismatchException) {
        var _ = distrust(source, e);
      }
      LOG.warn(
          "Layer {} cannot be unpacked by its zTOC {} and is fetched again as one stream: {}",
          blob.digest(),
          known.digest(),
          e.getMessage());
      Trees.delete(paths.tree());
    } finally {
      Files.deleteIfExists(paths.ztoc());
    }
    return Optional.empty();
  }
}
