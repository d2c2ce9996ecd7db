package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Bytes that will become a blob somewhere; can be read any number of times, by many threads.
public interface BlobContent {

  long sizeBytes();

  /// A new stream over all bytes; the caller closes it.
  InputStream open() throws IOException;

  static BlobContent of(byte[] bytes) {
    byte[] copy = bytes.clone();
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return copy.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(copy);
      }
    };
  }

  static BlobContent of(Path file, long sizeBytes) {
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return sizeBytes;
      }

      @Override
      public InputStream open() throws IOException {
        return Files.newInputStream(file);
      }
    };
  }

  /// A blob of an image's source, verified when read to its end.
  static BlobContent of(ImageSource source, Descriptor blob) {
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return blob.sizeBytes();
      }

      @Override
      public InputStream open() throws IOException {
        return source.open(blob);
      }
    };
  }

  /// A blob of a layout, verified when read to its end.
  static BlobContent of(OciLayout layout, Digest digest) throws IOException {
    long sizeBytes = layout.sizeBytes(digest);
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return sizeBytes;
      }

      @Override
      public InputStream open() throws IOException {
        return layout.blob(digest);
      }
    };
  }
}
