package io.thaw.index.oci;

import io.thaw.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/// Hashes what passes and fails at the end if it is not what its digest promises.
public final class VerifyingInputStream extends FilterInputStream {
  private final Digest expected;
  private final String source;
  private final MessageDigest hash;
  private boolean checked;

  /// @param source what messages call the place the bytes come from
  public VerifyingInputStream(InputStream in, Digest expected, String source) {
    super(in);
    this.expected = expected;
    this.source = source;
    this.hash = expected.newMessageDigest();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = super.read(buffer, offset, length);
    if (n > 0) {
      hash.update(buffer, offset, n);
    } else if (n < 0 && !checked) {
      checked = true;
      Digest actual = Digest.of(expected.algorithm(), hash.digest());
      if (!actual.equals(expected)) {
        throw new IOException(
            "Blob "
                + expected
                + " in "
                + source
                + " is damaged: its content has digest "
                + actual
                + "; fetch the image again");
      }
    }
    return n;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = 0;
    byte[] buffer = new byte[8192];
    while (skipped < count) {
      int n = read(buffer, 0, (int) Math.min(buffer.length, count - skipped));
      if (n < 0) {
        break;
      }
      skipped += n;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
