package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Passes a blob's bytes on and checks their digest and size. With a known size, the read that
/// reaches it already fails when the bytes are wrong, so that a caller who never reads beyond the
/// last byte is protected too.
final class VerifyingStream extends InputStream {

  private final InputStream in;
  private final BlobFetcher.Blob blob;
  private final long sizeBytes;
  private final RangeResponse.Origin origin;
  private final MessageDigest hash;
  private long count;
  private boolean verified;
  private @Nullable RegistryException failure;

  /// @param sizeBytes expected size, or [BlobFetcher#UNKNOWN]
  /// @param origin told if the bytes are wrong
  VerifyingStream(
      InputStream in, BlobFetcher.Blob blob, long sizeBytes, RangeResponse.Origin origin) {
    this.in = in;
    this.blob = blob;
    this.sizeBytes = sizeBytes;
    this.origin = origin;
    this.hash = blob.digest().newMessageDigest();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (failure != null) {
      throw failure;
    }
    int read = in.read(target, offset, length);
    if (read < 0) {
      verify();
      return -1;
    }
    hash.update(target, offset, read);
    count += read;
    if (count >= sizeBytes && sizeBytes != BlobFetcher.UNKNOWN) {
      verify();
    }
    return read;
  }

  private void verify() throws RegistryException {
    if (verified) {
      return;
    }
    if (sizeBytes != BlobFetcher.UNKNOWN && count != sizeBytes) {
      throw fail("has " + count + " bytes instead of " + sizeBytes);
    }
    Digest actual = Digest.of(blob.digest().algorithm(), hash.digest());
    if (!actual.equals(blob.digest())) {
      throw fail("has the digest " + actual);
    }
    verified = true;
  }

  private RegistryException fail(String what) {
    RegistryException thrown =
        new RegistryException(
            RegistryException.Kind.CORRUPT,
            blob.repository().host(),
            0,
            blob.repository()
                + ": what the registry serves as blob "
                + blob.digest()
                + " "
                + what
                + "; push the image again");
    failure = thrown;
    var _ = origin.distrust(String.valueOf(thrown.getMessage()));
    return thrown;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
