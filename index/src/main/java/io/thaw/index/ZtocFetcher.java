package io.thaw.index;

import io.thaw.registry.Descriptor;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;

/// Downloads the small artifacts an index names. Safe for many threads.
public final class ZtocFetcher {
  private static final int BUFFER_BYTES = 64 << 10;

  private final RegistryClient registry;

  public ZtocFetcher(RegistryClient registry) {
    this.registry = registry;
  }

  /// Downloads a zTOC to `file`, replacing what is there. The file holds the verified zTOC when
  /// this returns and does not exist when this throws.
  ///
  /// @throws IOException if it cannot be had, is larger than {@link
  ///     SociIndexReader#MAX_ZTOC_BYTES}, or its size or digest differ from the index's
  public void fetch(Repository repository, SociIndex.ZtocRef ref, Path file) throws IOException {
    checkSize(ref.ztoc(), SociIndexReader.MAX_ZTOC_BYTES);
    boolean complete = false;
    try (OutputStream out = Files.newOutputStream(file)) {
      copy(repository, ref.ztoc(), out);
      complete = true;
    } finally {
      if (!complete) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// Downloads and decodes a prefetch artifact.
  public PrefetchArtifact fetch(Repository repository, SociIndex.PrefetchRef ref)
      throws IOException {
    checkSize(ref.artifact(), SociIndexReader.MAX_PREFETCH_BYTES);
    var bytes = new java.io.ByteArrayOutputStream(Math.toIntExact(ref.artifact().sizeBytes()));
    copy(repository, ref.artifact(), bytes);
    return PrefetchArtifact.read(bytes.toByteArray());
  }

  private void copy(Repository repository, Descriptor blob, OutputStream out) throws IOException {
    MessageDigest hash = blob.digest().newMessageDigest();
    long received = 0;
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = registry.blob(repository, blob)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        received += n;
        if (received > blob.sizeBytes()) {
          break;
        }
        hash.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
    }
    if (received != blob.sizeBytes() || !Arrays.equals(hash.digest(), blob.digest().raw())) {
      throw new IOException(
          "Blob "
              + blob.digest()
              + " of "
              + repository
              + " arrived with other content than the index promises ("
              + received
              + " of "
              + blob.sizeBytes()
              + " bytes); the registry or a cache in between is damaged");
    }
  }

  private static void checkSize(Descriptor blob, long maxBytes) throws IOException {
    if (blob.sizeBytes() > maxBytes) {
      throw new IOException(
          "Blob "
              + blob.digest()
              + " would have "
              + blob.sizeBytes()
              + " bytes; at most "
              + maxBytes
              + " are accepted for its kind");
    }
  }
}
