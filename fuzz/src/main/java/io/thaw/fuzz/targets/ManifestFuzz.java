package io.thaw.fuzz.targets;

import io.thaw.index.PrefetchArtifact;
import io.thaw.index.SociIndexReader;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import java.util.Arrays;

/// The readers of manifests, indexes, image configurations, SOCI indexes and prefetch artifacts:
/// they refuse by their own exception only, and what they accept is the same after it was written
/// and read again.
///
/// Input: one byte that chooses the reader, then the document.
public final class ManifestFuzz {
  private static final int READERS = 6;

  private ManifestFuzz() {}

  /// Reads a document and writes what it has understood.
  private interface Rewriter {
    byte[] rewrite(byte[] json) throws MalformedManifestException;
  }

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] json = Arrays.copyOfRange(data, 1, data.length);
    Rewriter rewriter =
        switch (Math.floorMod(data[0], READERS)) {
          case 0 -> bytes -> OciWriter.write(OciReader.manifest(bytes));
          case 1 -> bytes -> OciWriter.write(OciReader.index(bytes));
          case 2 -> bytes -> SociIndexWriter.write(SociIndexReader.read(bytes));
          case 3 -> bytes -> PrefetchArtifact.read(bytes).toJson();
          case 4 -> ManifestFuzz::readConfig;
          default -> ManifestFuzz::readMediaType;
        };
    byte[] once;
    try {
      once = rewriter.rewrite(json);
    } catch (MalformedManifestException e) {
      return;
    }
    try {
      Oracle.check(
          Arrays.equals(rewriter.rewrite(once), once), "a document changes when written twice");
    } catch (MalformedManifestException e) {
      throw Oracle.broken("our own document is refused", e);
    }
  }

  private static byte[] readConfig(byte[] json) throws MalformedManifestException {
    var platform = OciReader.platformOfConfig(json);
    Oracle.check(platform.matches(platform), "a platform does not match itself");
    Oracle.check(platform.normalized().equals(platform), "normalizing a platform twice changes it");
    return json;
  }

  private static byte[] readMediaType(byte[] json) throws MalformedManifestException {
    OciReader.mediaTypeOf(json);
    return json;
  }
}
