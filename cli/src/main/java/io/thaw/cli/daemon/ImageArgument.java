package io.thaw.cli.daemon;

/// The name of an image as other commands take it, too.
final class ImageArgument {
  private static final String SCHEME = "registry://";

  private ImageArgument() {}

  /// The reference without `registry://`: the daemon pulls from registries only.
  static String plain(String image) {
    return image.startsWith(SCHEME) ? image.substring(SCHEME.length()) : image;
  }
}
