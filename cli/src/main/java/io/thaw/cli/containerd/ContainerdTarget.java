package io.thaw.cli.containerd;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageTarget;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// A name in containerd that an image is written to.
///
/// All content is written under a lease; the name appears, or changes, when everything is there. An
/// image that fails half-way leaves neither name nor lease, and its content is collected.
public final class ContainerdTarget implements ImageTarget {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ContainerdClient client;
  private final String name;
  private final WriteProgress progress;

  /// As [#ContainerdTarget(ContainerdClient, String, WriteProgress)], telling nobody.
  public ContainerdTarget(ContainerdClient client, String name) {
    this(client, name, WriteProgress.NONE);
  }

  /// @param client stays open until the image is written, and is closed by the caller
  /// @param name a reference with a tag; shortened as Docker does, it is stored in full
  /// @throws IllegalArgumentException if it is none, or names a digest
  public ContainerdTarget(ContainerdClient client, String name, WriteProgress progress) {
    Reference reference = Reference.parse(name);
    if (reference.digest() != null) {
      throw new IllegalArgumentException(
          name + " names a digest, which only the content decides; name a tag, as in host/app:1.0");
    }
    this.client = client;
    this.name = reference.toString();
    this.progress = progress;
  }

  /// The image's name in full.
  @Override
  public String name() {
    return name;
  }

  @Override
  public WriteReport write(ImageContent image) throws IOException {
    try (Lease lease = Lease.create(client)) {
      BlobWriter writer = new BlobWriter(client, lease, PATIENCE);
      BlobCopies copies = new BlobCopies(writer, progress);
      copies.copy(blobs(image));
      for (Map.Entry<Descriptor, byte[]> manifest : image.manifests().entrySet()) {
        Descriptor descriptor = manifest.getKey();
        writer.put(
            descriptor.digest(),
            BlobContent.of(manifest.getValue()),
            GcLabels.of(descriptor, manifest.getValue()));
      }
      Descriptor root = image.root().target();
      lease.publish(() -> new ImageNames(client).put(name, root));
      return copies.report(root, image.manifests().size());
    }
  }

  private static Map<Digest, BlobContent> blobs(ImageContent image) {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>(image.made());
    for (OciDescriptor kept : image.kept()) {
      blobs.putIfAbsent(kept.digest(), kept(image, kept.target()));
    }
    return blobs;
  }

  private static BlobContent kept(ImageContent image, Descriptor blob) {
    return new BlobContent() {
      @Override
      public long sizeBytes() {
        return blob.sizeBytes();
      }

      // containerd checks the digest.
      @Override
      public InputStream open() throws IOException {
        return image.source().openUnverified(blob);
      }
    };
  }
}
