package io.thaw.daemon.layer;

import io.thaw.index.zstd.NativeFrameDecoder;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import io.thaw.ztoc.BuiltZtoc;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A layer's stored bytes with a zTOC built from them.
final class StoredLayer {
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

  static StoredLayer golden(String name, long spanSize) throws IOException {
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

  Layer openIn(LayerStore store) throws IOException {
    return store.openLazy(blob, ztocDigest, () -> new ByteArrayInputStream(ztoc));
  }
}
