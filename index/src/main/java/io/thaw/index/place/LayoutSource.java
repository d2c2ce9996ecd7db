package io.thaw.index.place;

import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.LayoutRoot;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// The image of an OCI image layout.
public final class LayoutSource implements ImageSource {
  private final OciLayout layout;
  private final LayoutRoot root;

  private LayoutSource(OciLayout layout, LayoutRoot root) {
    this.layout = layout;
    this.root = root;
  }

  /// Opens the layout at `path`, a directory or a tar archive.
  ///
  /// @throws IOException if there is none, or it holds no image
  public static LayoutSource open(Path path) throws IOException {
    OciLayout layout = OciLayout.open(path);
    try {
      return new LayoutSource(layout, LayoutRoot.of(layout));
    } catch (IOException | RuntimeException e) {
      layout.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return layout.source().toString();
  }

  @Override
  public OciDescriptor root() {
    return root.descriptor();
  }

  @Override
  public byte[] document(Descriptor descriptor) throws IOException {
    byte[] created = root.created().get(descriptor.digest());
    return created != null
        ? created.clone()
        : layout.bytes(descriptor, OciReader.MAX_DOCUMENT_BYTES);
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) throws IOException {
    byte[] created = root.created().get(digest);
    if (created != null) {
      return OptionalLong.of(created.length);
    }
    return layout.contains(digest)
        ? OptionalLong.of(layout.sizeBytes(digest))
        : OptionalLong.empty();
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    return layout.blob(blob.digest());
  }

  @Override
  public InputStream openUnverified(Descriptor blob) throws IOException {
    return layout.file(blob.digest()).open();
  }

  @Override
  public List<Digest> storedBlobs() throws IOException {
    return layout.blobs();
  }

  @Override
  public void close() throws IOException {
    layout.close();
  }
}
