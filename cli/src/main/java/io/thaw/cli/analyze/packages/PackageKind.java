package io.thaw.cli.analyze.packages;

/// Who installed a package. A file that several claim belongs to the first of them in this order:
/// the distribution's packages carry Python packages, conda's do, too.
public enum PackageKind {
  DPKG("dpkg"),
  APK("apk"),
  RPM("rpm"),
  CONDA("conda"),
  PYTHON("pip"),
  NPM("npm");

  private final String label;

  PackageKind(String label) {
    this.label = label;
  }

  /// The word for it in reports.
  public String label() {
    return label;
  }
}
