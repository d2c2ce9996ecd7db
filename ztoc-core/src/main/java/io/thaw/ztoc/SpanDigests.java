package io.thaw.ztoc;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Verification of a span's compressed bytes. Nothing of a span may reach a reader before this.
public final class SpanDigests {
  private SpanDigests() {}

  /// A digest of the kind spans have.
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256, this one has not", e);
    }
  }

  /// Whether `length` bytes of `compressed` are exactly the compressed bytes of `span`.
  public static boolean matches(
      SpanTable spans, int span, byte[] compressed, int offset, int length) {
    if (length != spans.compressedLength(span)) {
      return false;
    }
    MessageDigest digest = newDigest();
    digest.update(compressed, offset, length);
    return spans.digestEquals(span, digest.digest());
  }

  /// Returns if the bytes are those the zTOC promises for `span`.
  ///
  /// @throws SpanDigestMismatchException if they are not
  public static void verify(SpanTable spans, int span, byte[] compressed, int offset, int length)
      throws IOException {
    if (length != spans.compressedLength(span)) {
      throw new SpanDigestMismatchException(
          span, "has " + length + " compressed bytes instead of " + spans.compressedLength(span));
    }
    MessageDigest digest = newDigest();
    digest.update(compressed, offset, length);
    verify(spans, span, digest.digest());
  }

  /// Returns if `sha256`, computed by the caller, is the digest the zTOC promises for `span`.
  ///
  /// @throws SpanDigestMismatchException if it is not
  public static void verify(SpanTable spans, int span, byte[] sha256) throws IOException {
    if (!spans.digestEquals(span, sha256)) {
      HexFormat hex = HexFormat.of();
      throw new SpanDigestMismatchException(
          span,
          "has digest sha256:"
              + hex.formatHex(sha256)
              + " instead of sha256:"
              + hex.formatHex(spans.digest(span)));
    }
  }
}
