package io.thaw.index.oci;

import java.io.IOException;

/// A JSON document of an image or index that does not say what it must.
public final class MalformedManifestException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN_CHARS = 120;

  private final String path;

  /// @param path where in the document, for example `$.layers[3].digest`
  /// @param value what stands there; shown shortened
  public MalformedManifestException(String path, String value, String reason) {
    super(path + " is " + shorten(value) + ": " + reason);
    this.path = path;
  }

  public String path() {
    return path;
  }

  private static String shorten(String value) {
    return value.length() <= SHOWN_CHARS ? value : value.substring(0, SHOWN_CHARS) + "…";
  }
}
