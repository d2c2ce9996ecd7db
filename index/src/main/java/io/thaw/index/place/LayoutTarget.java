package io.thaw.index.place;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.ImageTarget;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.LayoutWriter;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Scratch;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// An OCI image layout that appears, on disk and whole, when an image has been written.
///
/// If the image comes from a layout, all blobs of that layout come along.
public final class LayoutTarget implements ImageTarget {
  private final Path destination;
  private final LayoutFormat format;

  private LayoutTarget(Path destination, LayoutFormat format) {
    this.destination = destination;
    this.format = format;
  }

  /// A layout to be written at `destination`; nothing happens there yet.
  ///
  /// @throws IOException if something is there that a layout of this form must not replace
  public static LayoutTarget at(Path destination, LayoutFormat format) throws IOException {
    LayoutWriter.checkDestination(destination, format);
    return new LayoutTarget(destination, format);
  }

  @Override
  public String name() {
    return destination.toString();
  }

  @Override
  public WriteReport write(ImageContent image) throws IOException {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    copies(image).forEach(blob -> blobs.put(blob.digest(), BlobContent.of(image.source(), blob)));
    blobs.putAll(image.made());
    image.manifests().keySet().forEach(manifest -> blobs.remove(manifest.digest()));
    int writtenBlobs = blobs.size();
    long writtenBytes = blobs.values().stream().mapToLong(BlobContent::sizeBytes).sum();
    image
        .manifests()
        .forEach((manifest, bytes) -> blobs.put(manifest.digest(), BlobContent.of(bytes)));
    try (Scratch scratch = Scratch.beside(destination)) {
      Path finished = scratch.directory().resolve("layout");
      LayoutWriter.write(finished, format, ImageIndex.of(List.of(image.root())), blobs);
      scratch.publish(finished, destination);
    }
    return new WriteReport(
        image.root().target(), image.manifests().size(), writtenBlobs, writtenBytes, 0, 0);
  }

  private static List<Descriptor> copies(ImageContent image) throws IOException {
    ImageSource source = image.source();
    Map<Digest, Descriptor> copies = new LinkedHashMap<>();
    for (Digest digest : source.storedBlobs()) {
      OptionalLong size = source.sizeBytes(digest);
      if (size.isPresent()) {
        copies.put(digest, new Descriptor("application/octet-stream", digest, size.getAsLong()));
      }
    }
    for (OciDescriptor blob : image.kept()) {
      copies.put(blob.digest(), blob.target());
    }
    return List.copyOf(copies.values());
  }
}
