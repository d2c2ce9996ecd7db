package io.thaw.cli.containerd;

import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/// An image of containerd's. It cannot be collected while this is open, even if its name is
/// removed.
///
/// Often not all of it is there: `ctr images pull` fetches one platform of many, and an image that
/// was pulled lazily has manifests but no layers.
public final class ContainerdSource implements ImageSource {
  private static final String ORIGIN = "containerd.io/distribution.source.";

  private final ContainerdClient client;
  private final ContentStore store;
  private final ContainerdImage image;
  private final Lease lease;

  private ContainerdSource(ContainerdClient client, ContainerdImage image, Lease lease) {
    this.client = client;
    this.store = new ContentStore(client);
    this.image = image;
    this.lease = lease;
  }

  /// Opens an image.
  ///
  /// @param client stays open as long as this is, and is closed by the caller
  /// @param name the image's name, in full as `ctr images ls` lists it, or shortened as Docker does
  /// @throws IOException if there is no such image; the message names those that come near
  public static ContainerdSource open(ContainerdClient client, String name) throws IOException {
    ContainerdImage image = new ImageNames(client).find(name);
    return new ContainerdSource(client, image, Lease.on(client, image.target().digest()));
  }

  /// The image's name in full.
  @Override
  public String name() {
    return image.name();
  }

  @Override
  public OciDescriptor root() {
    return image.target();
  }

  @Override
  public byte[] document(Descriptor descriptor) throws IOException {
    if (descriptor.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "Document "
              + descriptor.digest()
              + " of "
              + name()
              + " has "
              + descriptor.sizeBytes()
              + " bytes; at most "
              + OciReader.MAX_DOCUMENT_BYTES
              + " are accepted");
    }
    return store.document(require(descriptor));
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) throws IOException {
    return store
        .find(digest)
        .map(blob -> OptionalLong.of(blob.sizeBytes()))
        .orElse(OptionalLong.empty());
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    require(blob);
    return store.open(blob);
  }

  @Override
  public InputStream openUnverified(Descriptor blob) throws IOException {
    require(blob);
    return store.range(blob.digest(), 0, blob.sizeBytes());
  }

  /// The bytes `[start, end)` of a blob, unverified.
  ///
  /// @throws IndexOutOfBoundsException unless `0 <= start <= end <= size`
  public InputStream openRange(Descriptor blob, long start, long end) throws IOException {
    Objects.checkFromToIndex(start, end, blob.sizeBytes());
    require(blob);
    return store.range(blob.digest(), start, end);
  }

  /// A repository the blob was pulled from or pushed to, as containerd has noted it.
  @Override
  public Optional<Repository> mountableFrom(Digest blob, String host) throws IOException {
    String paths = store.find(blob).map(stored -> stored.labels().get(ORIGIN + host)).orElse("");
    for (String path : paths.split(",", -1)) {
      Optional<Repository> repository = repository(host, path);
      if (repository.isPresent()) {
        return repository;
      }
    }
    return Optional.empty();
  }

  /// The v1 indexes in containerd that describe this manifest; of other artifacts it keeps no
  /// track.
  @Override
  public List<Descriptor> referrers(Digest subject, String artifactType) throws IOException {
    return artifactType.equals(SociMediaTypes.INDEX_V1)
        ? new ContainerdIndexStore(client).indexesOf(subject)
        : List.of();
  }

  @Override
  public String remedy() {
    return "the image was pulled lazily, or its layers were discarded after unpacking; \"ctr"
        + " --namespace "
        + client.address().namespace()
        + " content fetch "
        + name()
        + "\" fetches all of it";
  }

  /// Lets containerd collect the image again if nothing else keeps it.
  @Override
  public void close() {
    lease.close();
  }

  private ContentStore.Blob require(Descriptor descriptor) throws IOException {
    ContentStore.Blob blob =
        store
            .find(descriptor.digest())
            .orElseThrow(
                () ->
                    new IOException(
                        "containerd has image "
                            + name()
                            + ", but not its blob "
                            + descriptor.digest()
                            + "; "
                            + remedy()));
    if (blob.sizeBytes() != descriptor.sizeBytes()) {
      throw new IOException(
          "Blob "
              + descriptor.digest()
              + " of "
              + name()
              + " has "
              + blob.sizeBytes()
              + " bytes in containerd, but its descriptor says "
              + descriptor.sizeBytes());
    }
    return blob;
  }

  // Labels are anybody's to write; what is no repository cannot be mounted from.
  private static Optional<Repository> repository(String host, String path) {
    try {
      return Optional.of(new Repository(host, path));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
