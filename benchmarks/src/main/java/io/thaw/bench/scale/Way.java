package io.thaw.bench.scale;

/// How a node starts the image.
enum Way {
  /// Lazily, and what is missing is filled in as soon as the start is over.
  LAZY("lazy", true),
  /// With a profile of the start; filled as well.
  PROFILE("profile", true),
  /// The same, and the fill waits until everybody has started.
  PROFILE_LATE_FILL("profile, late fill", false),
  /// All layers are fetched and unpacked first.
  OVERLAYFS("overlayfs", false);

  private final String title;
  private final boolean fillsAtOnce;

  Way(String title, boolean fillsAtOnce) {
    this.title = title;
    this.fillsAtOnce = fillsAtOnce;
  }

  String title() {
    return title;
  }

  boolean fillsAtOnce() {
    return fillsAtOnce;
  }
}
