package io.thaw.fuzz.targets;

import io.thaw.index.oci.Platform;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.nio.charset.StandardCharsets;

/// References, digests and platforms as people write them: refused by IllegalArgumentException
/// only, and what is accepted means the same when it is printed and parsed again.
///
/// Input: the text.
public final class ReferenceFuzz {
  private ReferenceFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    reference(text);
    digest(text);
    platform(text);
  }

  private static void reference(String text) {
    Reference reference;
    try {
      reference = Reference.parse(text);
    } catch (IllegalArgumentException e) {
      return;
    }
    String printed = reference.toString();
    Oracle.check(Reference.parse(printed).equals(reference), printed + " is another reference");
    Oracle.check(
        printed.chars().allMatch(c -> c > ' ' && c < 0x7f), "a reference that cannot be shown");
    Oracle.check(!reference.identifier().isEmpty(), "a reference to nothing");
  }

  private static void digest(String text) {
    try {
      Digest digest = Digest.parse(text);
      Oracle.check(digest.toString().equals(text), "a digest is printed differently");
      Oracle.check(Digest.of(digest.algorithm(), digest.raw()).equals(digest), "raw bytes differ");
    } catch (IllegalArgumentException e) {
      // no digest
    }
  }

  private static void platform(String text) {
    try {
      Platform platform = Platform.parse(text);
      Oracle.check(
          Platform.parse(platform.toString()).equals(platform), platform + " is another platform");
    } catch (IllegalArgumentException e) {
      // no platform
    }
  }
}
