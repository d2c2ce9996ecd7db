package io.thaw.cli.analyze;

import io.thaw.index.ConvertProgress;
import io.thaw.registry.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/// Reports what is read of a layer, and ends early when the work is abandoned.
final class Watched extends FilterInputStream {
  private final Descriptor layer;
  private final ConvertProgress progress;

  Watched(InputStream in, Descriptor layer, ConvertProgress progress) {
    super(in);
    this.layer = layer;
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("reading of layer " + layer.digest() + " abandoned");
    }
    int n = super.read(buffer, offset, length);
    if (n > 0) {
      progress.layerAdvanced(layer, n);
    }
    return n;
  }
}
