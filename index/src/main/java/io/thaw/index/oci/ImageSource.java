package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One image, wherever it lies: in an OCI layout, a registry, or containerd's content store.
///
/// Nothing that comes out of a source is taken on trust: documents are verified before they are
/// returned, streams when they end. Safe for many threads until closed.
public interface ImageSource extends Closeable {

  /// What messages call this place: a path or a reference. Never holds a secret.
  String name();

  /// What the image's name points to: an image manifest or an image index. Always the same while
  /// the source is open, even if the name is moved meanwhile.
  ///
  /// @throws IOException if the place holds no image, or cannot be reached
  OciDescriptor root() throws IOException;

  /// A manifest, index or configuration; its bytes have the descriptor's digest and size.
  ///
  /// @throws IOException if it is missing, differs, or is larger than
  ///     [OciReader#MAX_DOCUMENT_BYTES]
  byte[] document(Descriptor descriptor) throws IOException;

  /// The stored size of a blob; empty if this place does not have it, as with foreign layers and
  /// platforms that were not pulled.
  OptionalLong sizeBytes(Digest digest) throws IOException;

  /// Whether this place has a manifest, index or blob.
  default boolean holds(Descriptor descriptor) throws IOException {
    return sizeBytes(descriptor.digest()).isPresent();
  }

  /// A whole blob; the caller closes it. The read that would deliver the end fails if the bytes
  /// do not have the digest.
  InputStream open(Descriptor blob) throws IOException;

  /// As [#open], for a caller that takes the SHA-256 of the bytes itself and checks it; a place
  /// that can saves the second pass.
  default InputStream openUnverified(Descriptor blob) throws IOException {
    return open(blob);
  }

  /// All blobs that lie in this place, whether the image names them or not; a copy of the place
  /// takes them along. Only a layout, which is one image and nothing else, has an answer.
  default List<Digest> storedBlobs() throws IOException {
    return List.of();
  }

  /// A repository of this registry that has the blob, from which the registry can mount it
  /// elsewhere without a byte being sent.
  ///
  /// @param host as [Repository#host]
  default Optional<Repository> mountableFrom(Digest blob, String host) throws IOException {
    return Optional.empty();
  }

  /// Manifests that name `subject` as theirs and have this artifact type; none where the place
  /// does not keep track.
  default List<Descriptor> referrers(Digest subject, String artifactType) throws IOException {
    return List.of();
  }

  /// What to do about a blob this place should have and has not, as it stands behind a semicolon.
  default String remedy() {
    return "export or push the image again with all its content";
  }

  /// An image manifest of this place.
  ///
  /// @throws IOException as [#document], or if it is none
  default ImageManifest manifest(Descriptor descriptor) throws IOException {
    byte[] bytes = document(descriptor);
    try {
      return OciReader.manifest(bytes);
    } catch (MalformedManifestException e) {
      throw new IOException(
          "manifest " + descriptor.digest() + " of " + name() + " is malformed: " + e.getMessage(),
          e);
    }
  }

  /// An image index of this place.
  ///
  /// @throws IOException as [#document], or if it is none
  default ImageIndex index(Descriptor descriptor) throws IOException {
    byte[] bytes = document(descriptor);
    try {
      return OciReader.index(bytes);
    } catch (MalformedManifestException e) {
      throw new IOException(
          "image index "
              + descriptor.digest()
              + " of "
              + name()
              + " is malformed: "
              + e.getMessage(),
          e);
    }
  }
}
