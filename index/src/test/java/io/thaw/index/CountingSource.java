package io.thaw.index;

import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/// Passes everything on and remembers which blobs were opened.
class CountingSource implements ImageSource {
  final List<Digest> opened = new CopyOnWriteArrayList<>();
  private final ImageSource source;

  CountingSource(ImageSource source) {
    this.source = source;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public OciDescriptor root() throws IOException {
    return source.root();
  }

  @Override
  public byte[] document(Descriptor descriptor) throws IOException {
    return source.document(descriptor);
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) throws IOException {
    return source.sizeBytes(digest);
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    opened.add(blob.digest());
    return source.open(blob);
  }

  @Override
  public List<Descriptor> referrers(Digest subject, String artifactType) throws IOException {
    return source.referrers(subject, artifactType);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
