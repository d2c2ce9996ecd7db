package io.thaw.index;

import io.thaw.index.oci.DiskFull;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Parallel;
import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.LayerLimitException;
import io.thaw.ztoc.TocListener;
import io.thaw.ztoc.Ztoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import io.thaw.ztoc.zstd.EagerLayerException;
import io.thaw.ztoc.zstd.MalformedZstdException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// Gets the zTOCs of an image's layers, several at once; a layer that many platforms share is
/// indexed once.
final class LayerIndexer {
  private final ImageSource source;
  private final ConvertOptions options;
  private final ConvertProgress progress;
  private final Path scratch;
  private final ZtocReuse reuse;
  private final Set<String> wantedFiles;
  private final AtomicInteger fileNumbers = new AtomicInteger();

  /// @param scratch where zTOC files are put; they stay when this is done
  /// @param supply zTOCs made earlier; not asked if the options force new ones
  /// @param wantedFiles clean paths to look for in each layer
  LayerIndexer(
      ImageSource source,
      ConvertOptions options,
      ConvertProgress progress,
      Path scratch,
      ZtocSupply supply,
      Set<String> wantedFiles) {
    this.source = source;
    this.options = options;
    this.progress = progress;
    this.scratch = scratch;
    this.reuse = new ZtocReuse(options.force() ? ZtocSupply.NONE : supply, options);
    this.wantedFiles = wantedFiles;
  }

  /// What came of one layer.
  sealed interface Result {}

  /// @param file holds the zTOC
  /// @param hasXattrs whether a reader must look at extended attributes, SOCI's way of deciding
  /// @param reused whether the zTOC was made earlier
  record Indexed(
      Descriptor ztoc,
      Path file,
      int spans,
      int files,
      Prefetch.Hits hits,
      boolean hasXattrs,
      boolean reused)
      implements Result {}

  record Skipped(String reason) implements Result {}

  /// Indexes every layer.
  ///
  /// @throws IOException the first failure; the other layers' work is abandoned
  Map<Descriptor, Result> index(List<OciDescriptor> layers) throws IOException {
    Map<Descriptor, Result> results = new LinkedHashMap<>();
    Map<Descriptor, OciDescriptor> planned = new LinkedHashMap<>();
    for (OciDescriptor layer : layers) {
      if (planned.containsKey(layer.target()) || results.containsKey(layer.target())) {
        continue;
      }
      Optional<String> objection = objection(layer);
      if (objection.isPresent()) {
        results.put(layer.target(), skipped(layer.target(), objection.get()));
      } else {
        planned.put(layer.target(), layer);
      }
    }
    progress.layersPlanned(planned.keySet());
    // The largest first, so that no thread is left alone with it at the end.
    List<Descriptor> todo =
        planned.keySet().stream()
            .sorted(Comparator.comparingLong(Descriptor::sizeBytes).reversed())
            .toList();
    List<Callable<Result>> tasks =
        todo.stream().<Callable<Result>>map(layer -> () -> indexOne(layer)).toList();
    int threads = ZtocBuilder.buildsThatFit(Runtime.getRuntime().maxMemory(), options.threads());
    List<Result> done =
        Parallel.run(threads, Executors.defaultThreadFactory(), "indexing layers", tasks);
    for (int i = 0; i < todo.size(); i++) {
      results.put(todo.get(i), done.get(i));
    }
    return results;
  }

  /// Why a layer is not worth reading, as far as its descriptor tells.
  private Optional<String> objection(OciDescriptor layer) throws IOException {
    LayerType type = LayerType.of(layer.mediaType());
    if (type == LayerType.OTHER) {
      return Optional.of(layer.mediaType() + " is no container layer");
    }
    if (layer.sizeBytes() < options.minLayerSizeBytes()) {
      return Optional.of(
          layer.sizeBytes() + " bytes, less than the minimum of " + options.minLayerSizeBytes());
    }
    if (!layer.urls().isEmpty() && source.sizeBytes(layer.digest()).isEmpty()) {
      return Optional.of(
          "not in " + source.name() + ", it is only offered elsewhere (foreign layer)");
    }
    return Optional.empty();
  }

  private Result indexOne(Descriptor layer) throws IOException {
    Optional<Indexed> reused = reuse(layer);
    if (reused.isPresent()) {
      progress.layerReused(layer);
      return reused.get();
    }
    OptionalLong size = source.sizeBytes(layer.digest());
    if (size.isPresent() && size.getAsLong() != layer.sizeBytes()) {
      throw damaged(layer, "has " + size.getAsLong() + " bytes");
    }
    progress.layerStarted(layer);
    try {
      return build(layer);
    } catch (EagerLayerException e) {
      return skipped(layer, "will be pulled eagerly: " + e.reason());
    } catch (MalformedGzipException
        | MalformedZstdException
        | MalformedTarException
        | LayerLimitException e) {
      verify(layer);
      return skipped(layer, "cannot be indexed: " + e.getMessage());
    } catch (IOException e) {
      throw DiskFull.explained(e, scratch);
    } finally {
      progress.layerFinished(layer);
    }
  }

  private Optional<Indexed> reuse(Descriptor layer) throws IOException {
    Path file = newFile();
    Optional<ZtocReuse.Reused> found = reuse.find(layer, file);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (Ztoc ztoc = found.get().ztoc()) {
      return Optional.of(
          new Indexed(
              found.get().descriptor(),
              file,
              ztoc.spans().count(),
              ztoc.toc().count(),
              Prefetch.find(ztoc.toc(), ztoc.spans(), wantedFiles),
              Xattrs.mayMatter(ztoc.toc()),
              true));
    }
  }

  private Indexed build(Descriptor layer) throws IOException {
    ZtocBuilder builder =
        new ZtocBuilder(
            ZtocOptions.DEFAULT
                .withSpanSize(options.spanSizeBytes())
                .withBuildTool(options.buildTool())
                .withSpillDirectory(scratch),
            NativeFrameDecoder.DECODERS);
    LayerFindings findings = new LayerFindings(wantedFiles);
    try (InputStream in = new Counted(open(layer), layer);
        BuiltZtoc built = build(builder, in, LayerType.of(layer.mediaType()), findings)) {
      boolean sha256 = layer.digest().algorithm().equals("sha256");
      Digest actual = Digest.of("sha256", built.layerDigest());
      if (sha256 && !actual.equals(layer.digest())) {
        throw damaged(layer, "has digest " + actual);
      }
      if (built.layerSizeBytes() != layer.sizeBytes()) {
        throw damaged(layer, "has " + built.layerSizeBytes() + " bytes");
      }
      Path file = newFile();
      built.writeTo(file);
      Descriptor ztoc =
          new Descriptor(
              SociMediaTypes.ztoc(built.compression()),
              Digest.of("sha256", built.digest()),
              built.sizeBytes());
      return new Indexed(
          ztoc,
          file,
          built.spans().count(),
          built.entryCount(),
          findings.hits(built.spans()),
          findings.xattrsMayMatter(),
          false);
    }
  }

  private static BuiltZtoc build(
      ZtocBuilder builder, InputStream in, LayerType type, TocListener listener)
      throws IOException {
    return switch (type) {
      case GZIP -> builder.build(in, Compression.GZIP, listener);
      case TAR -> builder.build(in, Compression.UNCOMPRESSED, listener);
      case UNKNOWN -> builder.build(in, listener);
      case ZSTD -> builder.build(in, Compression.ZSTD, listener);
      case OTHER -> throw new IllegalArgumentException("no zTOC for " + type);
    };
  }

  private Skipped skipped(Descriptor layer, String reason) {
    progress.layerSkipped(layer, reason);
    return new Skipped(reason);
  }

  private Path newFile() {
    return scratch.resolve(fileNumbers.incrementAndGet() + ".ztoc");
  }

  /// SHA-256 is taken by the builder on the way; any other digest is checked while reading.
  private InputStream open(Descriptor layer) throws IOException {
    return layer.digest().algorithm().equals("sha256")
        ? source.openUnverified(layer)
        : source.open(layer);
  }

  /// Tells a layer that is broken as published from one that broke later.
  private void verify(Descriptor layer) throws IOException {
    try (InputStream in = source.open(layer)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
  }

  private IOException damaged(Descriptor layer, String finding) {
    return new IOException(
        "Layer "
            + layer.digest()
            + " in "
            + source.name()
            + " is damaged: it "
            + finding
            + ", its manifest says "
            + layer.sizeBytes()
            + " bytes; export or push the image again");
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
