package io.thaw.index;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A SOCI index: which zTOC belongs to which layer of one image.
///
/// A v1 index names its image as subject and is found by the referrers API; a v2 index is named by
/// an annotation on the image manifest.
///
/// @param ztocs in the order of the image's layers; a layer that stands twice in the image stands
///     twice here
/// @param buildTool the tool that made it, if it says so
/// @param subject the image manifest; always there in v1, never in v2
public record SociIndex(
    Version version,
    List<ZtocRef> ztocs,
    List<PrefetchRef> prefetches,
    Optional<String> buildTool,
    Optional<Descriptor> subject) {

  /// The two generations of the format.
  public enum Version {
    V1(SociMediaTypes.INDEX_V1),
    V2(SociMediaTypes.INDEX_V2);

    private final String artifactType;

    Version(String artifactType) {
      this.artifactType = artifactType;
    }

    /// Media type of the index's config, which tells the generations apart.
    public String artifactType() {
      return artifactType;
    }
  }

  /// A zTOC and the layer it describes.
  ///
  /// @param ztoc the zTOC blob
  /// @param spanSizeBytes the span size asked for when it was built; absent in older indexes
  /// @param disableXattrs whether the builder promises that no file of the layer has any xattr
  public record ZtocRef(
      Descriptor ztoc,
      Digest layerDigest,
      String layerMediaType,
      OptionalLong spanSizeBytes,
      boolean disableXattrs) {}

  /// A prefetch artifact (see {@link PrefetchArtifact}) and the layer whose spans it names.
  public record PrefetchRef(Descriptor artifact, Digest layerDigest) {}

  public SociIndex {
    ztocs = List.copyOf(ztocs);
    prefetches = List.copyOf(prefetches);
  }

  /// The zTOC of a layer, if the layer was indexed.
  public Optional<ZtocRef> ztocOf(Digest layerDigest) {
    return ztocs.stream().filter(ref -> ref.layerDigest().equals(layerDigest)).findFirst();
  }

  /// The prefetch artifacts of a layer, in the index's order.
  public List<PrefetchRef> prefetchesOf(Digest layerDigest) {
    return prefetches.stream().filter(ref -> ref.layerDigest().equals(layerDigest)).toList();
  }
}
