package io.thaw.daemon.layer;

import io.thaw.daemon.disk.DiskErrors;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.fuse.sys.Trees;
import io.thaw.registry.Digest;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.Compression;
import io.thaw.ztoc.LayerLimitException;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.ZtocScan;
import io.thaw.ztoc.inflate.InflateTarget;
import io.thaw.ztoc.inflate.Inflater;
import io.thaw.ztoc.inflate.MalformedGzipException;
import io.thaw.ztoc.tar.MalformedTarException;
import io.thaw.ztoc.tree.LayerTree;
import io.thaw.ztoc.zstd.EagerLayerException;
import io.thaw.ztoc.zstd.FrameLimits;
import io.thaw.ztoc.zstd.FrameReader;
import io.thaw.ztoc.zstd.FrameTarget;
import io.thaw.ztoc.zstd.MalformedZstdException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches a layer whole and unpacks it in one pass, by the same writer and finisher as a lazy one.
///
/// One thread downloads in order, verifies the stored bytes and decompresses; a second takes the
/// tar's digest, parses and writes it ([TarWriter]). At the end the entries become a [LayerTree]
/// and the files are moved to their names. The layer's zTOC comes of the same pass, if wished for
/// and if the layer can be read lazily. Used once.
final class Unpacker {
  private static final Logger LOG = LoggerFactory.getLogger(Unpacker.class);
  private static final int PIECE = 1 << 16;

  /// Layers smaller than this may be compressed as well as they like.
  private static final long UNSUSPICIOUS_BYTES = 1L << 30;

  private final LayerPaths paths;
  private final LayerBlob blob;
  private final Digest diffId;
  private final boolean makeZtoc;
  private final EagerLayers shared;
  private final MessageDigest layerDigest;
  private final long maxTarBytes;
  private final Queue<ZtocScan> givenUp = new ConcurrentLinkedQueue<>();
  private volatile @Nullable ZtocScan scan;
  private Compression compression = Compression.UNCOMPRESSED;

  /// @param makeZtoc whether a zTOC is wished for
  Unpacker(LayerPaths paths, LayerBlob blob, Digest diffId, boolean makeZtoc, EagerLayers shared) {
    this.paths = paths;
    this.blob = blob;
    this.diffId = diffId;
    this.makeZtoc = makeZtoc;
    this.shared = shared;
    this.layerDigest = blob.digest().newMessageDigest();
    this.maxTarBytes = maxTarBytes(blob.sizeBytes(), shared.ztocs());
  }

  /// Deflate makes a thousand bytes of one at most, and zstd more: a few megabytes can be a bomb.
  static long maxTarBytes(long storedBytes, ZtocOptions limits) {
    long times = limits.maxExpansion();
    long expanded = storedBytes > Long.MAX_VALUE / times ? Long.MAX_VALUE : storedBytes * times;
    return Math.min(limits.maxUncompressedBytes(), Math.max(UNSUSPICIOUS_BYTES, expanded));
  }

  /// What came of it.
  ///
  /// @param ztoc what was made on the way
  record Result(LayerUsage usage, Optional<MadeZtoc> ztoc) {}

  /// Fetches, verifies and unpacks. The tree may not have reached the disk when this returns.
  Result unpack(InputStream stored) throws IOException {
    boolean scanning = makeZtoc && shared.scans().tryAcquire();
    try {
      return unpack(stored, scanning);
    } catch (LinuxException e) {
      throw DiskErrors.explained(e, paths.directory());
    } finally {
      if (scanning) {
        shared.scans().release();
      }
    }
  }

  private Result unpack(InputStream stored, boolean scanning) throws IOException {
    MessageDigest tarDigest = diffId.newMessageDigest();
    try (TarWriter tar = new TarWriter(paths.data(), tarDigest, maxTarBytes, this::entry)) {
      try (InputStream in = new DigestInputStream(stored, layerDigest);
          Handoff handoff = new Handoff(tar::accept, shared.threads())) {
        try {
          decompress(new BufferedInputStream(in, PIECE), handoff, scanning);
          in.transferTo(OutputStream.nullOutputStream());
          handoff.finish();
        } catch (MalformedGzipException | MalformedZstdException | MalformedTarException e) {
          throw blamed(e, in);
        }
      }
      byte[] layer = layerDigest.digest();
      requireStored(layer);
      Toc toc = tar.finish();
      byte[] diff = tarDigest.digest();
      requireTar(Digest.of(diffId.algorithm(), diff));
      Optional<MadeZtoc> made = finishZtoc(tar.archiveSizeBytes(), layer, diff);
      LayerUsage usage = moveIntoPlace(toc, tar);
      return new Result(usage, made);
    } finally {
      dropScan();
    }
  }

  /// Bytes that cannot be understood may be wrong ones: the rest is read to find out.
  private IOException blamed(IOException failure, InputStream in) throws IOException {
    in.transferTo(OutputStream.nullOutputStream());
    requireStored(layerDigest.digest());
    return failure;
  }

  private void requireStored(byte[] layer) throws CorruptLayerException {
    Digest actual = Digest.of(blob.digest().algorithm(), layer);
    if (!actual.equals(blob.digest())) {
      throw new CorruptLayerException(
          "the stored bytes of layer %s have the digest %s instead of %s; nothing of it is used"
              .formatted(blob.digest(), actual, blob.digest()));
    }
  }

  private void requireTar(Digest actual) throws IOException {
    if (!actual.equals(diffId)) {
      throw new IOException(
          "the tar of layer %s has the digest %s instead of %s; nothing of it is used"
              .formatted(blob.digest(), actual, diffId));
    }
  }

  private void decompress(InputStream in, Handoff out, boolean scanning) throws IOException {
    in.mark(4);
    byte[] magic = in.readNBytes(4);
    in.reset();
    boolean gzip = magic.length >= 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
    boolean zstd = FrameReader.isFrame(magic);
    Optional<List<String>> command =
        gzip || zstd
            ? shared.decompressors().command(gzip ? "gzip" : "zstd")
            : Optional.<List<String>>empty();
    if (command.isPresent()) {
      try (ExternalDecompression run =
          ExternalDecompression.start(command.get(), shared.threads())) {
        run.run(in, out::accept);
      }
    } else if (gzip) {
      startScan(scanning, Compression.GZIP);
      long span = scan == null ? Long.MAX_VALUE : shared.ztocs().spanSizeBytes();
      new Inflater().inflateAll(in, span, maxTarBytes, new Inflated(out));
    } else if (zstd) {
      startScan(scanning, Compression.ZSTD);
      try (FrameReader frames = new FrameReader(shared.frames().open(), FrameLimits.DEFAULT)) {
        long span = shared.ztocs().spanSizeBytes();
        frames.readAll(in, span, maxTarBytes, new Decoded(out));
      }
    } else {
      startScan(scanning, Compression.UNCOMPRESSED);
      copy(in, out);
    }
  }

  private void copy(InputStream in, Handoff out) throws IOException {
    byte[] buffer = new byte[PIECE];
    long position = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.accept(position, buffer, 0, n);
      position += n;
      int length = n;
      scanned(s -> s.plain(buffer, 0, length));
    }
  }

  /// What an inflater gives goes to the other thread and to the zTOC.
  private final class Inflated implements InflateTarget {
    private final Handoff out;

    Inflated(Handoff out) {
      this.out = out;
    }

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
        throws IOException {
      out.accept(uncompressedOffset, buffer, offset, length);
    }

    @Override
    public void compressed(byte[] buffer, int offset, int length) {
      ZtocScan now = scan;
      if (now != null) {
        now.compressed(buffer, offset, length);
      }
    }

    @Override
    public void checkpoint(
        long compressedOffset, int bits, long uncompressedOffset, byte[] buffer, int windowOffset)
        throws IOException {
      scanned(s -> s.checkpoint(compressedOffset, bits, uncompressedOffset, buffer, windowOffset));
    }
  }

  /// What zstd frames give goes to the other thread and to the zTOC.
  private final class Decoded implements FrameTarget {
    private final Handoff out;

    Decoded(Handoff out) {
      this.out = out;
    }

    @Override
    public void uncompressed(long uncompressedOffset, byte[] buffer, int offset, int length)
        throws IOException {
      out.accept(uncompressedOffset, buffer, offset, length);
    }

    @Override
    public void compressed(byte[] buffer, int offset, int length) {
      ZtocScan now = scan;
      if (now != null) {
        now.compressed(buffer, offset, length);
      }
    }

    @Override
    public void startSpan(long compressedOffset, long uncompressedOffset) throws IOException {
      scanned(s -> s.startSpan(compressedOffset, uncompressedOffset));
    }

    @Override
    public void endSpan(long compressedOffset) {
      ZtocScan now = scan;
      if (now != null) {
        now.endSpan(compressedOffset);
      }
    }

    @Override
    public void cannotBeLazy(EagerLayerException why) {
      giveUpZtoc(why.reason());
    }
  }

  private void entry(TocEntry entry) throws IOException {
    scanned(s -> s.entry(entry));
  }

  // ---- the zTOC, which never spoils the unpacking

  @FunctionalInterface
  private interface Scanning {
    void scan(ZtocScan scan) throws IOException;
  }

  private void startScan(boolean wished, Compression stored) {
    compression = stored;
    if (wished) {
      ZtocOptions options = shared.ztocs().withSpillDirectory(paths.directory());
      scan = new ZtocScan(options, stored);
    }
  }

  private void scanned(Scanning work) throws IOException {
    ZtocScan now = scan;
    if (now != null) {
      try {
        work.scan(now);
      } catch (LayerLimitException e) {
        giveUpZtoc(String.valueOf(e.getMessage()));
      }
    }
  }

  private void giveUpZtoc(String why) {
    ZtocScan now = scan;
    if (now != null) {
      LOG.info("Layer {} gets no zTOC: {}", blob.digest(), why);
      // Closed at the end, because the other thread may be using it.
      givenUp.add(now);
      scan = null;
    }
  }

  private void dropScan() throws IOException {
    ZtocScan now = scan;
    if (now != null) {
      now.close();
    }
    for (ZtocScan old : givenUp) {
      old.close();
    }
  }

  private Optional<MadeZtoc> finishZtoc(long archiveSizeBytes, byte[] layer, byte[] diff)
      throws IOException {
    ZtocScan now = scan;
    boolean sha256 =
        blob.digest().algorithm().equals("sha256") && diffId.algorithm().equals("sha256");
    if (now == null || !sha256) {
      return Optional.empty();
    }
    try (BuiltZtoc built = now.finish(archiveSizeBytes, layer, diff)) {
      built.writeTo(paths.ztoc());
      return Optional.of(
          new MadeZtoc(
              Digest.of("sha256", built.digest()), built.sizeBytes(), paths.ztoc(), compression));
    } catch (LayerLimitException e) {
      LOG.info("Layer {} gets no zTOC: {}", blob.digest(), e.getMessage());
      return Optional.empty();
    }
  }

  private LayerUsage moveIntoPlace(Toc toc, TarWriter tar) throws IOException {
    LayerTree tree = LayerTree.of(toc);
    LayerUsage usage;
    try (TreeFiles files = TreeFiles.open(tree, paths.tree())) {
      usage = new TreeFinisher(files, tar::moveTo).finish();
      FrameFile.write(paths, tree);
    }
    // What was replaced by a later entry is left.
    Trees.delete(paths.data());
    return usage;
  }
}
