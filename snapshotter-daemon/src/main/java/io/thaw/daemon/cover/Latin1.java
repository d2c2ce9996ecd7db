package io.thaw.daemon.cover;

import java.nio.charset.StandardCharsets;

/// Bytes as text, one character each: names of files are bytes.
final class Latin1 {
  private Latin1() {}

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
