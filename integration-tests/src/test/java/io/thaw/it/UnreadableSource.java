package io.thaw.it;

import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/// An image of which nothing can be read, for whoever should not need to.
final class UnreadableSource implements ImageSource {
  @Override
  public String name() {
    return "unreadable";
  }

  @Override
  public OciDescriptor root() throws IOException {
    throw new IOException("not readable");
  }

  @Override
  public byte[] document(Descriptor descriptor) throws IOException {
    throw new IOException("not readable");
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) {
    return OptionalLong.empty();
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    throw new IOException("not readable");
  }

  @Override
  public void close() {}
}
