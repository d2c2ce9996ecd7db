package io.thaw.ztoc.tar;

import java.io.IOException;

/// Takes the entries of a tar in their order.
@FunctionalInterface
public interface TarListener {

  /// Takes an entry; its data have not been seen yet. The object is reused after this call.
  void entry(TarEntry entry) throws IOException;
}
