package io.thaw.index.place;

import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.Reference;
import io.thaw.registry.Referrer;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An image in a registry. Its layers are streamed and never stored here.
///
/// A tag is looked up once; the digest it had then is what this image is.
public final class RegistrySource implements ImageSource {
  /// Manifests are asked for more than once; most images have few and small ones.
  private static final long MAX_CACHED_BYTES = 16 << 20;

  private final RegistryClient registry;
  private final Reference reference;
  private final Map<Digest, Long> knownSizes = new ConcurrentHashMap<>();
  private final Map<Digest, byte[]> manifests = new ConcurrentHashMap<>();
  private final AtomicLong cachedBytes = new AtomicLong();
  private final ReentrantLock resolving = new ReentrantLock();
  private @Nullable Manifest root;

  /// @param registry stays the caller's, who closes it after this source
  public RegistrySource(RegistryClient registry, Reference reference) {
    this.registry = registry;
    this.reference = reference;
  }

  @Override
  public String name() {
    return reference.toString();
  }

  @Override
  public OciDescriptor root() throws IOException {
    return OciDescriptor.of(rootManifest().descriptor());
  }

  @Override
  public byte[] document(Descriptor descriptor) throws IOException {
    if (descriptor.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "Blob "
              + descriptor.digest()
              + " in "
              + name()
              + " has "
              + descriptor.sizeBytes()
              + " bytes; at most "
              + OciReader.MAX_DOCUMENT_BYTES
              + " are accepted for a document");
    }
    if (isManifest(descriptor)) {
      return sized(descriptor, manifestBytes(descriptor.digest()));
    }
    try (InputStream in = registry.blob(repository(), descriptor)) {
      return in.readNBytes(OciReader.MAX_DOCUMENT_BYTES);
    }
  }

  @Override
  public OptionalLong sizeBytes(Digest digest) throws IOException {
    Long known = knownSizes.get(digest);
    if (known != null) {
      return OptionalLong.of(known);
    }
    OptionalLong size = registry.blobExists(repository(), digest);
    size.ifPresent(bytes -> knownSizes.put(digest, bytes));
    return size;
  }

  @Override
  public boolean holds(Descriptor descriptor) throws IOException {
    if (!isManifest(descriptor)) {
      return sizeBytes(descriptor.digest()).isPresent();
    }
    return manifests.containsKey(descriptor.digest()) || isThere(descriptor.digest());
  }

  @Override
  public InputStream open(Descriptor blob) throws IOException {
    return registry.blob(repository(), blob);
  }

  @Override
  public InputStream openUnverified(Descriptor blob) throws IOException {
    return blob.sizeBytes() == 0
        ? open(blob)
        : registry.blobRange(repository(), blob.digest(), 0, blob.sizeBytes()).body();
  }

  @Override
  public Optional<Repository> mountableFrom(Digest blob, String host) {
    return Optional.of(repository()).filter(origin -> origin.host().equals(host));
  }

  @Override
  public List<Descriptor> referrers(Digest subject, String artifactType) throws IOException {
    return registry.referrers(repository(), subject, artifactType).stream()
        .map(Referrer::descriptor)
        .toList();
  }

  /// Does nothing: the connections are the client's.
  @Override
  public void close() {}

  private Repository repository() {
    return reference.repository();
  }

  private boolean isThere(Digest manifest) throws IOException {
    try {
      registry.resolve(new Reference(repository(), null, manifest));
      return true;
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private byte[] manifestBytes(Digest digest) throws IOException {
    Manifest top = rootManifest();
    if (digest.equals(top.descriptor().digest())) {
      return top.bytes();
    }
    byte[] known = manifests.get(digest);
    if (known != null) {
      return known;
    }
    byte[] bytes = registry.manifest(repository(), digest).bytes();
    if (cachedBytes.addAndGet(bytes.length) <= MAX_CACHED_BYTES) {
      manifests.put(digest, bytes);
    }
    return bytes;
  }

  private Manifest rootManifest() throws IOException {
    resolving.lock();
    try {
      Manifest found = root;
      if (found == null) {
        found = fetchRoot();
        root = found;
      }
      return found;
    } finally {
      resolving.unlock();
    }
  }

  private Manifest fetchRoot() throws IOException {
    Digest digest = reference.digest();
    Manifest found =
        digest != null
            ? registry.manifest(repository(), digest)
            : registry.manifest(repository(), reference.identifier());
    String mediaType = found.descriptor().mediaType();
    if (!isManifest(found.descriptor())) {
      throw new IOException(
          name() + " is a " + mediaType + ", neither an image manifest nor an image index");
    }
    return found;
  }

  private byte[] sized(Descriptor descriptor, byte[] bytes) throws IOException {
    if (bytes.length != descriptor.sizeBytes()) {
      throw new IOException(
          "Manifest "
              + descriptor.digest()
              + " in "
              + name()
              + " has "
              + bytes.length
              + " bytes, but its descriptor says "
              + descriptor.sizeBytes());
    }
    return bytes.clone();
  }

  private static boolean isManifest(Descriptor descriptor) {
    return MediaTypes.isManifest(descriptor.mediaType())
        || MediaTypes.isIndex(descriptor.mediaType());
  }
}
