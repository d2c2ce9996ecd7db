package io.thaw.ztoc;

import java.nio.charset.StandardCharsets;

/// One PAX record of an entry: a key and a value, both raw bytes that need not be UTF-8.
public final class PaxRecord {
  private final byte[] key;
  private final byte[] value;

  /// The arrays are taken over, not copied.
  public PaxRecord(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }

  /// A record with a key given as text.
  public static PaxRecord of(String key, byte[] value) {
    return new PaxRecord(key.getBytes(StandardCharsets.UTF_8), value);
  }

  /// The key as text; bytes that are not UTF-8 are replaced.
  public String key() {
    return new String(key, StandardCharsets.UTF_8);
  }

  /// The key's bytes. Not a copy.
  public byte[] keyBytes() {
    return key;
  }

  /// The value's bytes. Not a copy.
  public byte[] value() {
    return value;
  }

  @Override
  public String toString() {
    return key() + " (" + value.length + " bytes)";
  }
}
