package io.thaw.daemon.image;

import io.thaw.daemon.fetch.BlobSource;
import io.thaw.daemon.fetch.PermanentFetchException;
import io.thaw.daemon.layer.BlobSources;
import io.thaw.daemon.layer.LayerBlob;
import io.thaw.registry.Descriptor;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.io.InputStream;

/// Layers' bytes from their registry.
public final class RegistryBlobs implements BlobSources {
  /// The registry is asked for a digest; the type does not matter to it.
  private static final String ANY_TYPE = "application/octet-stream";

  private final RegistryClient registry;

  public RegistryBlobs(RegistryClient registry) {
    this.registry = registry;
  }

  @Override
  public BlobSource open(LayerBlob blob) {
    return new Source(blob);
  }

  private final class Source implements BlobSource {
    private final LayerBlob blob;

    Source(LayerBlob blob) {
      this.blob = blob;
    }

    @Override
    public String name() {
      return blob.repository() + "@" + blob.digest();
    }

    @Override
    public long sizeBytes() {
      return blob.sizeBytes();
    }

    @Override
    public InputStream openRange(long start, long end) throws IOException {
      try {
        return registry.blobRange(blob.repository(), blob.digest(), start, end).body();
      } catch (RegistryException e) {
        throw classified(e);
      }
    }

    @Override
    public InputStream openWhole() throws IOException {
      try {
        Descriptor descriptor = new Descriptor(ANY_TYPE, blob.digest(), blob.sizeBytes());
        return registry.blob(blob.repository(), descriptor);
      } catch (RegistryException e) {
        throw classified(e);
      }
    }

    private IOException classified(RegistryException e) {
      return switch (e.kind()) {
        case NOT_FOUND, UNAUTHORIZED, UNTRUSTED ->
            new PermanentFetchException(String.valueOf(e.getMessage()), e);
        default -> e;
      };
    }
  }
}
