package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/// One image, wherever it lies: in an OCI layout, a registry, or containerd's content store.
///
/// Nothing that comes out of a source is taken on trust: documents are verified before they are
/// returned, streams when they end. Safe for many threads until closed.
public interface ImageSource extends Closeable {

  /// What messages call this place: a path or a reference. Never holds a secret.
  String name();

  /// What the image's name points to: an image manifest or an image index.
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

  /// A whole blob; the caller closes it. The read that would deliver the end fails if the bytes do
  /// not have the digest.
  InputStream open(Descriptor blob) throws IOException;

  /// As [#open], for a caller that takes the SHA-256 of the bytes itself and checks it; a place
  /// that can saves the second pass.
  default InputStream openUnverified(Descriptor blob) throws IOException {
    return open(blob);
  }

  /// Blobs of this place that belong to it besides those the image's manifests name; a copy of the
  /// place takes them along. Only a layout has such.
  default List<Digest> unnamedBlobs() throws IOException {
    return List.of();
  }
}
