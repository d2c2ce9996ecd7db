package io.thaw.ztoc;

import java.io.IOException;

/// Is told each entry of a layer while its zTOC is built, in tar order.
public interface TocListener {
  /// For whoever does not care.
  TocListener NONE = _ -> {};

  /// Takes one entry. The object is reused after the call; its byte arrays are not. Every PAX
  /// record is there.
  void entry(TocEntry entry) throws IOException;
}
