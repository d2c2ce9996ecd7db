package io.thaw.index;

import io.thaw.index.oci.JsonPath;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.OciReader;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Decodes SOCI index manifests, v1 and v2. Unknown fields, annotations and blob types are ignored.
public final class SociIndexReader {
  /// Largest zTOC a reference may claim: that of a layer of some 60 GB.
  public static final long MAX_ZTOC_BYTES = 2L << 30;

  /// Largest prefetch artifact a reference may claim.
  public static final long MAX_PREFETCH_BYTES = 4 << 20;

  private static final int MAX_BLOBS = 4096;
  private static final int MAX_SPAN_SIZE_DIGITS = 18;

  private SociIndexReader() {}

  /// Decodes the bytes of a manifest whose digest the caller has verified.
  ///
  /// @throws MalformedManifestException naming the JSON path and the value
  public static SociIndex read(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, OciReader.MAX_DOCUMENT_BYTES);
    SociIndex.Version version = version(root);
    List<SociIndex.ZtocRef> ztocs = new ArrayList<>();
    List<SociIndex.PrefetchRef> prefetches = new ArrayList<>();
    for (JsonPath blob : root.field("layers").elements(MAX_BLOBS)) {
      String mediaType = blob.field("mediaType").text();
      Optional<ZtocAnnotations> names = ZtocAnnotations.of(mediaType);
      if (names.isPresent()) {
        ztocs.add(ztoc(blob, names.get()));
      } else if (mediaType.equals(SociMediaTypes.PREFETCH)) {
        prefetches.add(prefetch(blob));
      }
    }
    JsonPath subject = root.field("subject");
    if (version == SociIndex.Version.V1 && !subject.isPresent()) {
      throw subject.malformed("a v1 index must name its image manifest");
    }
    return new SociIndex(
        version,
        ztocs,
        prefetches,
        annotation(root, SociMediaTypes.BUILD_TOOL).optionalText(),
        subject.isPresent()
            ? Optional.of(descriptor(subject, OciReader.MAX_DOCUMENT_BYTES))
            : Optional.empty());
  }

  private static SociIndex.Version version(JsonPath root) throws MalformedManifestException {
    JsonPath mediaType = root.field("config").field("mediaType");
    String type = mediaType.text();
    for (SociIndex.Version version : SociIndex.Version.values()) {
      if (version.artifactType().equals(type)) {
        return version;
      }
    }
    throw mediaType.malformed(
        "not a SOCI index; expected " + SociMediaTypes.INDEX_V1 + " or …v2+json");
  }

  private static SociIndex.ZtocRef ztoc(JsonPath blob, ZtocAnnotations names)
      throws MalformedManifestException {
    return new SociIndex.ZtocRef(
        descriptor(blob, MAX_ZTOC_BYTES),
        annotation(blob, names.layerDigest()).digest(),
        annotation(blob, names.layerMediaType()).optionalText().orElse(""),
        spanSize(annotation(blob, names.spanSize())),
        annotation(blob, names.disableXattrs()).optionalText().filter("true"::equals).isPresent());
  }

  private static SociIndex.PrefetchRef prefetch(JsonPath blob) throws MalformedManifestException {
    JsonPath ours = annotation(blob, ZtocAnnotations.THAW.layerDigest());
    JsonPath layer = ours.isPresent() ? ours : annotation(blob, ZtocAnnotations.SOCI.layerDigest());
    return new SociIndex.PrefetchRef(descriptor(blob, MAX_PREFETCH_BYTES), layer.digest());
  }

  private static OptionalLong spanSize(JsonPath at) throws MalformedManifestException {
    Optional<String> text = at.optionalText();
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!text.get().matches("[0-9]{1," + MAX_SPAN_SIZE_DIGITS + "}")) {
      throw at.malformed("a span size is a decimal number of bytes");
    }
    return OptionalLong.of(Long.parseLong(text.get()));
  }

  private static Descriptor descriptor(JsonPath at, long maxBytes)
      throws MalformedManifestException {
    JsonPath size = at.field("size");
    if (size.size() > maxBytes) {
      throw size.malformed("at most " + maxBytes + " bytes are accepted here");
    }
    JsonPath mediaType = at.field("mediaType");
    if (mediaType.text().isEmpty()) {
      throw mediaType.malformed("a descriptor needs a media type");
    }
    Digest digest = at.field("digest").digest();
    return new Descriptor(mediaType.text(), digest, size.size());
  }

  private static JsonPath annotation(JsonPath at, String name) {
    return at.field("annotations").field(name);
  }
}
