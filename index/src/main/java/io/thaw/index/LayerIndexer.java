package io.thaw.index;

import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Builds the zTOCs of a layout's layers, several at once; a layer that many platforms share is
/// indexed once.
final class LayerIndexer {
  private final OciLayout layout;
  private final ConvertOptions options;
  private final ConvertProgress progress;
  private final Path scratch;
  private final Set<String> wantedFiles;
  private final AtomicInteger fileNumbers = new AtomicInteger();

  /// @param scratch where zTOC files are put; they stay when this is done
  /// @param wantedFiles clean paths to look for in each layer
  LayerIndexer(
      OciLayout layout,
      ConvertOptions options,
      ConvertProgress progress,
      Path scratch,
      Set<String> wantedFiles) {
    this.layout = layout;
    this.options = options;
    this.progress = progress;
    this.scratch = scratch;
    this.wantedFiles = wantedFiles;
  }

  /// What came of one layer.
  sealed interface Result {}

  /// @param file holds the zTOC
  record Indexed(Descriptor ztoc, Path file, int spans, int files, Prefetch.Hits hits)
      implements Result {}

  record Skipped(String reason) implements Result {}

  /// Indexes every layer.
  ///
  /// @throws IOException the first failure; the other layers' work is abandoned
  Map<Descriptor, Result> index(List<OciDescriptor> layers) throws IOException {
    Map<Descriptor, Future<Result>> pending = new LinkedHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(options.threads());
    try {
      for (OciDescriptor layer : layers) {
        pending.computeIfAbsent(layer.target(), key -> pool.submit(() -> indexOne(layer)));
      }
      Map<Descriptor, Result> results = new LinkedHashMap<>();
      for (Map.Entry<Descriptor, Future<Result>> entry : pending.entrySet()) {
        results.put(entry.getKey(), entry.getValue().get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("indexing a layer failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while indexing layers");
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
    }
  }

  private Result indexOne(OciDescriptor descriptor) throws IOException {
    Descriptor layer = descriptor.target();
    LayerType type = LayerType.of(layer.mediaType());
    if (type == LayerType.ZSTD) {
      return new Skipped("compressed with zstd, which a zTOC cannot describe");
    }
    if (type == LayerType.OTHER) {
      return new Skipped(layer.mediaType() + " is no container layer");
    }
    if (layer.sizeBytes() < options.minLayerSizeBytes()) {
      return new Skipped(
          layer.sizeBytes() + " bytes, less than the minimum of " + options.minLayerSizeBytes());
    }
    if (!layout.contains(layer.digest()) && !descriptor.urls().isEmpty()) {
      return new Skipped("not in the layout, it is only offered elsewhere (foreign layer)");
    }
    if (layout.sizeBytes(layer.digest()) != layer.sizeBytes()) {
      throw damaged(layer, "has " + layout.sizeBytes(layer.digest()) + " bytes");
    }
    progress.layerStarted(layer);
    try {
      return build(layer, type);
    } catch (MalformedGzipException | MalformedTarException e) {
      verify(layer);
      return new Skipped("cannot be indexed: " + e.getMessage());
    } finally {
      progress.layerFinished(layer);
    }
  }

  private Indexed build(Descriptor layer, LayerType type) throws IOException {
    ZtocBuilder builder =
        new ZtocBuilder(
            ZtocOptions.DEFAULT
                .withSpanSize(options.spanSizeBytes())
                .withBuildTool(options.buildTool())
                .withSpillDirectory(scratch));
    try (InputStream in = new Counted(open(layer), layer);
        BuiltZtoc built = build(builder, in, type)) {
      boolean sha256 = layer.digest().algorithm().equals("sha256");
      Digest actual = Digest.of("sha256", built.layerDigest());
      if (sha256 && !actual.equals(layer.digest())) {
        throw damaged(layer, "has digest " + actual);
      }
      Path file = scratch.resolve(fileNumbers.incrementAndGet() + ".ztoc");
      built.writeTo(file);
      Descriptor ztoc =
          new Descriptor(
              SociMediaTypes.ZTOC, Digest.of("sha256", built.digest()), built.sizeBytes());
      Prefetch.Hits hits = Prefetch.find(built.toc(), built.spans(), wantedFiles);
      return new Indexed(ztoc, file, built.spans().count(), built.toc().count(), hits);
    }
  }

  private static BuiltZtoc build(ZtocBuilder builder, InputStream in, LayerType type)
      throws IOException {
    return switch (type) {
      case GZIP -> builder.build(in, Compression.GZIP);
      case TAR -> builder.build(in, Compression.UNCOMPRESSED);
      case UNKNOWN -> builder.build(in);
      case ZSTD, OTHER -> throw new IllegalArgumentException("no zTOC for " + type);
    };
  }

  /// SHA-256 is taken by the builder on the way; any other digest is checked while reading.
  private InputStream open(Descriptor layer) throws IOException {
    return layer.digest().algorithm().equals("sha256")
        ? layout.file(layer.digest()).open()
        : layout.blob(layer.digest());
  }

  /// Tells a layer that is broken as published from one that broke later.
  private void verify(Descriptor layer) throws IOException {
    try (InputStream in = layout.blob(layer.digest())) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }

  private IOException damaged(Descriptor layer, String finding) {
    return new IOException(
        "Layer "
            + layer.digest()
            + " in "
            + layout.source()
            + " is damaged: it "
            + finding
            + ", its manifest says "
            + layer.sizeBytes()
            + " bytes; export the image again");
  }

  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (true) {
      try {
        if (pool.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// How a layer's media type says it is stored.
  enum LayerType {
    GZIP,
    TAR,
    /// Docker's plain tar type, under which compressed layers have been seen.
    UNKNOWN,
    ZSTD,
    OTHER;

    static LayerType of(String mediaType) {
      boolean oci =
          mediaType.startsWith("application/vnd.oci.image.layer.v1.tar")
              || mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.v1.tar");
      boolean docker =
          mediaType.startsWith("application/vnd.docker.image.rootfs.diff.tar")
              || mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.diff.tar");
      if (!oci && !docker) {
        return OTHER;
      }
      String suffix = mediaType.substring(mediaType.lastIndexOf(".tar") + ".tar".length());
      return switch (suffix) {
        case "" -> oci ? TAR : UNKNOWN;
        case "+gzip", ".gzip" -> GZIP;
        case "+zstd", ".zstd" -> ZSTD;
        default -> OTHER;
      };
    }
  }

  /// Reports what is read, and ends early when the work is abandoned.
  private final class Counted extends FilterInputStream {
    private final Descriptor layer;

    Counted(InputStream in, Descriptor layer) {
      super(in);
      this.layer = layer;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("indexing of layer " + layer.digest() + " abandoned");
      }
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        progress.layerAdvanced(layer, n);
      }
      return n;
    }
  }
}
