package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.LayoutRoot;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciLayout;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Uploads the image of a layout, its SOCI indexes and zTOCs included, to a registry.
///
/// Blobs go first, then manifests, children before parents, and the tag last, so that nobody ever
/// pulls a tag with parts missing. Blobs the repository has are not sent again.
public final class LayoutPusher {
  private static final int MAX_NESTING = 4;
  private static final int MAX_MANIFESTS = 4096;

  private final RegistryClient registry;
  private final int parallel;

  public LayoutPusher(RegistryClient registry) {
    this(registry, 4);
  }

  /// @param parallel how many blobs are sent at once
  public LayoutPusher(RegistryClient registry, int parallel) {
    this.registry = registry;
    this.parallel = parallel;
  }

  /// Pushes the layout's image under the target's tag.
  ///
  /// @throws IllegalArgumentException if the target has no tag
  /// @throws IOException if the layout is incomplete or damaged, or the registry refuses
  public PushReport push(OciLayout layout, Reference target) throws IOException {
    String tag = target.tag();
    if (tag == null || target.digest() != null) {
      throw new IllegalArgumentException(
          target + " cannot be pushed to; name a tag and no digest, as in host/repository:tag");
    }
    LayoutRoot root = LayoutRoot.of(layout);
    Plan plan = new Plan(layout, root);
    byte[] rootBytes = plan.add(root.descriptor(), 0);

    Repository repository = target.repository();
    BlobUploader uploader = new BlobUploader(registry, parallel);
    uploader.upload(repository, plan.blobs);
    for (Map.Entry<Descriptor, byte[]> manifest : plan.manifests.entrySet()) {
      Descriptor descriptor = manifest.getKey();
      registry.pushManifest(
          repository, descriptor.digest(), descriptor.mediaType(), manifest.getValue());
    }
    Descriptor image = root.descriptor().target();
    registry.pushManifest(repository, tag, image.mediaType(), rootBytes);
    return uploader.report(image, plan.manifests.size());
  }

  /// What has to be sent, manifests in sending order.
  private static final class Plan {
    private final OciLayout layout;
    private final LayoutRoot root;
    private final Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    private final Map<Descriptor, byte[]> manifests = new LinkedHashMap<>();

    Plan(OciLayout layout, LayoutRoot root) {
      this.layout = layout;
      this.root = root;
    }

    /// Adds what the descriptor points to after everything below it.
    byte[] add(OciDescriptor descriptor, int depth) throws IOException {
      if (depth > MAX_NESTING || manifests.size() > MAX_MANIFESTS) {
        throw new IOException(
            "The image in "
                + layout.source()
                + " is nested deeper than "
                + MAX_NESTING
                + " levels or has more than "
                + MAX_MANIFESTS
                + " manifests");
      }
      byte[] made = root.created().get(descriptor.digest());
      byte[] bytes =
          made != null ? made : layout.bytes(descriptor.target(), OciReader.MAX_DOCUMENT_BYTES);
      if (MediaTypes.isIndex(descriptor.mediaType())) {
        ImageIndex index = OciReader.index(bytes);
        for (OciDescriptor child : index.manifests()) {
          add(child, depth + 1);
        }
      } else {
        addBlobs(OciReader.manifest(bytes));
      }
      manifests.put(descriptor.target(), bytes);
      return bytes;
    }

    private void addBlobs(ImageManifest manifest) throws IOException {
      Digest config = manifest.config().digest();
      blobs.put(config, BlobContent.of(layout, config));
      for (OciDescriptor layer : manifest.layers()) {
        if (!layout.contains(layer.digest()) && !layer.urls().isEmpty()) {
          continue; // A foreign layer stays where its publisher offers it.
        }
        blobs.put(layer.digest(), BlobContent.of(layout, layer.digest()));
      }
    }
  }
}
