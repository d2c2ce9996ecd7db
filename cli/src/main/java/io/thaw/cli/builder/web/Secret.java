package io.thaw.cli.builder.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A shared secret. It never shows its text, and compares in a time that does not depend on how
/// much of a guess is right.
public final class Secret {
  /// Shorter secrets can be guessed.
  public static final int MIN_LENGTH = 16;

  private static final int MAX_LENGTH = 4_096;
  private static final String HMAC = "HmacSHA256";

  private final byte[] bytes;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Makes a secret of a text; white space around it does not count.
  ///
  /// @throws IllegalArgumentException if it is too short or too long, or cannot stand in a header
  public static Secret of(String text) {
    String stripped = text.strip();
    if (stripped.length() < MIN_LENGTH || stripped.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a secret has " + MIN_LENGTH + " to " + MAX_LENGTH + " characters");
    }
    if (!stripped.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("a secret is printable ASCII without spaces");
    }
    return new Secret(stripped.getBytes(StandardCharsets.US_ASCII));
  }

  /// Whether `guess` is the secret.
  boolean is(String guess) {
    // Digests are compared, so that not even the length shows.
    return MessageDigest.isEqual(hmac(bytes), hmac(guess.getBytes(StandardCharsets.UTF_8)));
  }

  /// HMAC-SHA256 of a message, keyed with this secret.
  byte[] hmac(byte[]... message) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(bytes, HMAC));
      for (byte[] part : message) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    }
  }

  /// The value of an `Authorization` header that shows the secret to a server.
  public String bearer() {
    return "Bearer " + new String(bytes, StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return "***";
  }
}
