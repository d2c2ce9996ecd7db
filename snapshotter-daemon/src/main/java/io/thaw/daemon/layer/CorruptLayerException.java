package io.thaw.daemon.layer;

import java.io.IOException;

/// The stored bytes of a layer are not those its digest promises.
final class CorruptLayerException extends IOException {
  private static final long serialVersionUID = 1L;

  CorruptLayerException(String message) {
    super(message);
  }
}
