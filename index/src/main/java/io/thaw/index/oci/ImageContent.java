package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// An image that is ready to be written somewhere.
///
/// An index may list platforms its source does not have; those are in none of the collections.
///
/// @param root what the image's name shall point to; the last of `manifests`
/// @param manifests every manifest and index of the image with its bytes, children before parents
/// @param made blobs that exist nowhere yet: configurations, zTOCs, prefetch artifacts
/// @param kept blobs the image has from `source`, unchanged: its layers and configurations;
///     without foreign layers that the source lacks
/// @param source where `kept` comes from; open as long as this is used
public record ImageContent(
    OciDescriptor root,
    SequencedMap<Descriptor, byte[]> manifests,
    Map<Digest, BlobContent> made,
    List<OciDescriptor> kept,
    ImageSource source) {
  public ImageContent {
    kept = List.copyOf(kept);
  }

  /// The image of a source as it is.
  ///
  /// @throws IOException if the source lacks a blob its manifests name, or is damaged
  public static ImageContent of(ImageSource source) throws IOException {
    return of(source, source.root(), Map.of(), Map.of());
  }

  /// An image of which a part is new and the rest lies in `source`.
  ///
  /// @param documents the manifests and indexes the source does not have
  /// @param made the blobs the source does not have
  /// @throws IOException if the source lacks a blob its manifests name, or is damaged
  public static ImageContent of(
      ImageSource source,
      OciDescriptor root,
      Map<Digest, byte[]> documents,
      Map<Digest, BlobContent> made)
      throws IOException {
    return new ContentCollector(source, documents, made).collect(root);
  }
}
