package io.thaw.ztoc;

import java.io.IOException;
import java.io.InputStream;

/// Builds a zTOC in one pass over a stored layer.
///
/// Immutable and safe for use by many threads; each call works on its own.
@SuppressWarnings("DoNotCallSuggester")
public final class ZtocBuilder {
  private final ZtocOptions options;

  public ZtocBuilder(ZtocOptions options) {
    this.options = options;
  }

  /// Reads the layer to its end and finds out by its first bytes how it is stored.
  ///
  /// @param layer the stored bytes; not closed
  /// @throws io.thaw.ztoc.inflate.MalformedGzipException if the compressed bytes are broken
  /// @throws io.thaw.ztoc.tar.MalformedTarException if the tar is broken or cannot be indexed
  public BuiltZtoc build(InputStream layer) throws IOException {
    throw new UnsupportedOperationException("not there yet " + options);
  }

  /// Reads the layer to its end.
  public BuiltZtoc build(InputStream layer, Compression compression) throws IOException {
    throw new UnsupportedOperationException("not there yet " + compression);
  }
}
