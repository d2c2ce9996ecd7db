package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/// The body of an upload: its source is opened when it is written, and closed whatever happens.
final class UploadEntity extends AbstractHttpEntity {

  private static final int BUFFER_BYTES = 64 << 10;

  private final Transport.Content content;

  UploadEntity(Transport.Content content) {
    super((String) null, null);
    this.content = content;
  }

  @Override
  public long getContentLength() {
    return content.sizeBytes();
  }

  @Override
  public InputStream getContent() throws IOException {
    return content.source().open();
  }

  @Override
  public boolean isRepeatable() {
    return true;
  }

  @Override
  public boolean isStreaming() {
    return false;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    long left = content.sizeBytes();
    if (left == 0) {
      return;
    }
    byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, left)];
    try (InputStream in = open()) {
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          throw new IOException("the content to upload ends " + left + " bytes early");
        }
        out.write(buffer, 0, count);
        left -= count;
      }
      if (in.read() >= 0) {
        throw new IOException(
            "the content to upload is longer than its " + content.sizeBytes() + " bytes");
      }
    }
  }

  private InputStream open() throws IOException {
    try {
      return content.source().open();
    } catch (IOException e) {
      throw new IOException("cannot open the content to upload: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    // Nothing is open outside of writeTo.
  }
}
