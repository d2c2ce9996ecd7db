package io.thaw.index.oci;

/// The forms in which a layout is written.
public enum LayoutFormat {
  OCI_DIR("oci-dir"),
  OCI_ARCHIVE("oci-archive");

  private final String label;

  LayoutFormat(String label) {
    this.label = label;
  }

  /// The name users and SOCI's command line know it by.
  public String label() {
    return label;
  }
}
