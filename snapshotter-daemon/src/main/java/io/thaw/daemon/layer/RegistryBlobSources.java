package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.BlobSource;
import io.thaw.daemon.fetch.PermanentFetchException;
import io.thaw.registry.RangeResponse;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/// Layers' bytes from their repositories.
///
/// @param client asks the registries; it finds credentials and follows redirects by itself
/// @param answered hears how long it took until a registry began to answer, in nanoseconds
public record RegistryBlobSources(RegistryClient client, LongConsumer answered)
    implements BlobSources {

  @Override
  public BlobSource open(LayerBlob blob) {
    return new OfRegistry(client, answered, blob, new AtomicBoolean(true), new ServedRanges());
  }

  private record OfRegistry(
      RegistryClient client,
      LongConsumer answered,
      LayerBlob blob,
      AtomicBoolean ranges,
      ServedRanges served)
      implements BlobSource {

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
      long asked = System.nanoTime();
      try {
        RangeResponse response = client.blobRange(blob.repository(), blob.digest(), start, end);
        answered.accept(System.nanoTime() - asked);
        ranges.set(response.rangeHonored());
        served.add(start, end, response.origin());
        return new Body(response.body());
      } catch (RegistryException e) {
        throw classified(e);
      }
    }

    @Override
    public boolean distrust(long start, long end, String why) {
      return served.distrust(start, end, why);
    }

    @Override
    public boolean knowsRanges() {
      return ranges.get();
    }

    @Override
    public InputStream openWhole() throws IOException {
      try {
        return new Body(client.blob(blob.repository(), blob.digest()));
      } catch (RegistryException e) {
        throw classified(e);
      }
    }
  }

  /// Errors that come while reading are classified, too: a transfer may be resumed inside.
  private static final class Body extends FilterInputStream {
    Body(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return in.read();
      } catch (RegistryException e) {
        throw classified(e);
      }
    }

    @Override
    public int read(byte[] dst, int offset, int length) throws IOException {
      try {
        return in.read(dst, offset, length);
      } catch (RegistryException e) {
        throw classified(e);
      }
    }
  }

  /// Credentials expire and are renewed behind our back: readers wait for new ones as they wait for
  /// a registry that is away.
  private static IOException classified(RegistryException e) {
    return e.kind().retryable() || e.kind() == RegistryException.Kind.UNAUTHORIZED
        ? e
        : new PermanentFetchException(String.valueOf(e.getMessage()), e);
  }
}
