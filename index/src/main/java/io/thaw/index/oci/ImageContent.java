package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// An image that is ready to be written somewhere.
///
/// @param root what the image's name shall point to; the last of `manifests`
/// @param manifests every manifest and index of the image with its bytes, children before parents
/// @param made blobs that exist nowhere yet: configurations, zTOCs, prefetch artifacts
/// @param kept blobs the image has from `source`, unchanged: its layers and configurations; without
///     foreign layers that the source lacks
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
}
