package io.thaw.daemon.control;

import io.thaw.registry.Reference;

/// What people call images.
final class Names {
  private Names() {}

  /// Whether both name the same image, however much of the name is left out.
  static boolean isReference(String image, String name) {
    if (image.equals(name)) {
      return true;
    }
    try {
      return Reference.parse(name).toString().equals(Reference.parse(image).toString());
    } catch (IllegalArgumentException e) {
      return false; // A digest, or the beginning of one.
    }
  }

  /// Whether it is the digest, or how it begins, with or without its algorithm.
  static boolean isDigest(String digest, String name) {
    return !digest.isEmpty()
        && (digest.startsWith(name) || digest.substring(digest.indexOf(':') + 1).startsWith(name));
  }
}
