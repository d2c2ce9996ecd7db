package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The one image a layout holds, whatever shape its `index.json` has.
///
/// Tools write three shapes: one manifest; one image index; several manifests, one per platform,
/// directly in `index.json`. Entries of an index whose blobs are absent (as after exporting one
/// platform of many) are left out, and the shortened index becomes a document of its own.
///
/// @param descriptor of the image manifest or image index
/// @param created documents made up on the way, by digest; they lie in no layout yet
public record LayoutRoot(OciDescriptor descriptor, Map<Digest, byte[]> created) {

  /// Finds the image.
  ///
  /// @throws IOException if the layout holds no image
  public static LayoutRoot of(OciLayout layout) throws IOException {
    ImageIndex top = layout.index();
    if (top.manifests().isEmpty()) {
      throw new IOException("index.json of " + layout.source() + " lists no image");
    }
    OciDescriptor first = top.manifests().getFirst();
    boolean single = top.manifests().size() == 1;
    if (single && !MediaTypes.isIndex(first.mediaType())) {
      return new LayoutRoot(first, Map.of());
    }
    ImageIndex list = single ? layout.index(first.target()) : top;
    List<OciDescriptor> available = new ArrayList<>();
    for (OciDescriptor entry : list.manifests()) {
      if (layout.contains(entry.digest())) {
        available.add(entry);
      }
    }
    if (available.isEmpty()) {
      throw new IOException(
          "None of the "
              + list.manifests().size()
              + " manifests listed in "
              + layout.source()
              + " is there; export the image again with all its content");
    }
    if (available.size() == 1 && MediaTypes.isManifest(available.getFirst().mediaType())) {
      return new LayoutRoot(available.getFirst(), Map.of());
    }
    if (single && available.size() == list.manifests().size()) {
      return new LayoutRoot(first, Map.of());
    }
    return shortened(list, available);
  }

  /// Whether the image is an index of several manifests.
  public boolean isIndex() {
    return MediaTypes.isIndex(descriptor.mediaType());
  }

  /// The image's index; only if it is one.
  public ImageIndex index(OciLayout layout) throws IOException {
    byte[] made = created.get(descriptor.digest());
    return made != null ? OciReader.index(made) : layout.index(descriptor.target());
  }

  private static LayoutRoot shortened(ImageIndex list, List<OciDescriptor> available) {
    String mediaType = list.mediaType().isEmpty() ? MediaTypes.OCI_INDEX : list.mediaType();
    byte[] bytes =
        OciWriter.write(
            new ImageIndex(
                mediaType, list.artifactType(), available, list.subject(), list.annotations()));
    Digest digest = Digest.sha256(bytes);
    Descriptor target = new Descriptor(mediaType, digest, bytes.length);
    return new LayoutRoot(OciDescriptor.of(target), Map.of(digest, bytes));
  }
}
