package io.thaw.registry;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Content digest as registries write it: `algorithm:hex`, with `sha256` or `sha512` and
/// lower-case hex of exactly the algorithm's length.
///
/// @param algorithm `sha256` or `sha512`
/// @param hex 64 or 128 lower-case hex digits
public record Digest(String algorithm, String hex) {

  /// Longest text that can be a digest: `sha512:` and 128 digits.
  private static final int MAX_LENGTH = 135;

  public Digest {
    int expected =
        switch (algorithm) {
          case "sha256" -> 64;
          case "sha512" -> 128;
          default ->
              throw new IllegalArgumentException(
                  "digest algorithm must be sha256 or sha512, not " + Texts.quoted(algorithm));
        };
    if (hex.length() != expected) {
      throw new IllegalArgumentException(
          algorithm + " digest must have " + expected + " hex digits, has " + hex.length());
    }
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        throw new IllegalArgumentException(
            "digest has a character that is no lower-case hex digit at position " + i);
      }
    }
  }

  /// Parses `algorithm:hex`.
  ///
  /// @throws IllegalArgumentException when the text is no digest of a supported algorithm
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (text.length() > MAX_LENGTH || colon < 0) {
      throw new IllegalArgumentException(
          "digest must look like sha256:<64 hex digits>, got " + Texts.quoted(text));
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /// SHA-256 of the given bytes.
  public static Digest sha256(byte[] bytes) {
    return of("sha256", newMessageDigest("sha256").digest(bytes));
  }

  /// Digest of the given algorithm whose raw value is already known.
  public static Digest of(String algorithm, byte[] raw) {
    return new Digest(algorithm, HexFormat.of().formatHex(raw));
  }

  /// Fresh hash computation for this digest's algorithm.
  public MessageDigest newMessageDigest() {
    return newMessageDigest(algorithm);
  }

  /// The digest's raw bytes: 32 for sha256, 64 for sha512.
  public byte[] raw() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }

  private static MessageDigest newMessageDigest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256 and SHA-512", e);
    }
  }
}
