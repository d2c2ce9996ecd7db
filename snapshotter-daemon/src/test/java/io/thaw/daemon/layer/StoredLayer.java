package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// A layer's stored bytes with a zTOC built from them.
public final class StoredLayer {
  final byte[] bytes;
  final byte[] ztoc;
  final LayerBlob blob;
  final Digest ztocDigest;
  final Digest diffId;

  private StoredLayer(byte[] bytes, byte[] ztoc, Digest diffId) {
    this.bytes = bytes;
    this.ztoc = ztoc;
    this.diffId = diffId;
    blob =
        new LayerBlob(
            Digest.sha256(bytes), bytes.length, new Repository("registry.example", "golden"));
    ztocDigest = Digest.sha256(ztoc);
  }

  public static StoredLayer golden(String name, long spanSize) throws IOException {
    Path testdata = Path.of(System.getProperty("thaw.testdata", "../testdata"));
    return of(Files.readAllBytes(testdata.resolve("golden").resolve(name)), spanSize);
  }

  static StoredLayer of(byte[] bytes, long spanSize) throws IOException {
    ZtocOptions options = ZtocOptions.DEFAULT.withSpanSize(spanSize).withDiffId();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ZtocBuilder builder = new ZtocBuilder(options, NativeFrameDecoder.DECODERS);
    try (BuiltZtoc built = builder.build(new ByteArrayInputStream(bytes))) {
      built.writeTo(out);
      return new StoredLayer(
          bytes, out.toByteArray(), Digest.of("sha256", built.diffId().orElseThrow()));
    }
  }

  /// The same tar, stored otherwise; has no zTOC.
  static StoredLayer withoutZtoc(byte[] bytes, Digest diffId) {
    return new StoredLayer(bytes, new byte[0], diffId);
  }

  InputStream openZtoc() {
    return new ByteArrayInputStream(ztoc);
  }

  public Layer openIn(LayerStore store) throws IOException {
    return store.openLazy(blob, ztocDigest, () -> new ByteArrayInputStream(ztoc));
  }

  /// An order to unpack it as one stream.
  UnpackOrder order() {
    return order(diffId);
  }

  static UnpackOrder order(Digest diffId) {
    return new UnpackOrder(diffId, Optional.empty(), false, share());
  }

  /// An order that makes a zTOC on the way.
  UnpackOrder scanning() {
    return new UnpackOrder(diffId, Optional.empty(), true, share());
  }

  /// An order to unpack it by its zTOC.
  UnpackOrder bySpans() {
    UnpackOrder.KnownZtoc known =
        new UnpackOrder.KnownZtoc(ztocDigest, () -> new ByteArrayInputStream(ztoc));
    return new UnpackOrder(diffId, Optional.of(known), false, share());
  }

  private static ParallelDownloads.Share share() {
    return new ParallelDownloads(ParallelDownloads.Limits.defaults()).share();
  }

  /// What a store shares among the layers it unpacks, with ranges of 64 KiB.
  static EagerLayers eager() {
    return eager(Decompressors.NONE);
  }

  static EagerLayers eager(Decompressors decompressors) {
    return EagerLayers.of(
        new ParallelDownloads(
            new ParallelDownloads.Limits(
                0,
                3,
                64 << 10,
                1 << 20,
                Duration.ofSeconds(1),
                Duration.ofMillis(1),
                Duration.ofMillis(10))),
        decompressors,
        NativeFrameDecoder.DECODERS);
  }
}
