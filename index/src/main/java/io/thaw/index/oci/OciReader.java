package io.thaw.index.oci;

import io.thaw.registry.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decodes OCI documents. Unknown fields are ignored; what is read is bounded in count and length,
/// and an error names the JSON path and the value.
public final class OciReader {
  /// Largest manifest or index accepted, in bytes; registries draw the line at the same size.
  public static final int MAX_DOCUMENT_BYTES = 4 << 20;

  private static final int MAX_DESCRIPTORS = 4096;

  private OciReader() {}

  /// Decodes an image manifest.
  ///
  /// @throws MalformedManifestException if it is not one
  public static ImageManifest manifest(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, MAX_DOCUMENT_BYTES);
    requireSchemaVersion(root);
    return new ImageManifest(
        root.field("mediaType").optionalText().orElse(""),
        root.field("artifactType").optionalText(),
        descriptor(root.field("config")),
        descriptors(root.field("layers")),
        optionalDescriptor(root.field("subject")),
        root.field("annotations").textMap());
  }

  /// Decodes an image index or manifest list.
  ///
  /// @throws MalformedManifestException if it is not one
  public static ImageIndex index(byte[] json) throws MalformedManifestException {
    JsonPath root = JsonPath.parse(json, MAX_DOCUMENT_BYTES);
    requireSchemaVersion(root);
    return new ImageIndex(
        root.field("mediaType").optionalText().orElse(""),
        root.field("artifactType").optionalText(),
        descriptors(root.field("manifests")),
        optionalDescriptor(root.field("subject")),
        root.field("annotations").textMap());
  }

  /// The `mediaType` a document says it has; empty if it does not say.
  public static String mediaTypeOf(byte[] json) throws MalformedManifestException {
    return JsonPath.parse(json, MAX_DOCUMENT_BYTES).field("mediaType").optionalText().orElse("");
  }

  /// The platform an image configuration was made for.
  public static Platform platformOfConfig(byte[] json) throws MalformedManifestException {
    return platform(JsonPath.parse(json, MAX_DOCUMENT_BYTES)).normalized();
  }

  /// The digests of the layers' uncompressed tars, the lowest layer first, as an image
  /// configuration lists them.
  ///
  /// @throws MalformedManifestException if it is no image configuration
  public static List<Digest> diffIdsOfConfig(byte[] json) throws MalformedManifestException {
    JsonPath list = JsonPath.parse(json, MAX_DOCUMENT_BYTES).field("rootfs").field("diff_ids");
    if (!list.isPresent()) {
      throw list.malformed("an image configuration lists the digests of its layers' tars here");
    }
    List<Digest> diffIds = new ArrayList<>();
    for (JsonPath element : list.elements(MAX_DESCRIPTORS)) {
      diffIds.add(element.digest());
    }
    return diffIds;
  }

  private static void requireSchemaVersion(JsonPath root) throws MalformedManifestException {
    JsonPath version = root.field("schemaVersion");
    long number = version.number();
    if (number == 1) {
      throw version.malformed(
          "this is Docker's schema 1, which lacks what an index needs; push or export the image"
              + " again with a current tool");
    }
    if (number != 2) {
      throw version.malformed("only schema version 2 is supported");
    }
  }

  private static List<OciDescriptor> descriptors(JsonPath list) throws MalformedManifestException {
    List<OciDescriptor> descriptors = new ArrayList<>();
    for (JsonPath element : list.elements(MAX_DESCRIPTORS)) {
      descriptors.add(descriptor(element));
    }
    return descriptors;
  }

  private static Optional<OciDescriptor> optionalDescriptor(JsonPath at)
      throws MalformedManifestException {
    return at.isPresent() ? Optional.of(descriptor(at)) : Optional.empty();
  }

  private static OciDescriptor descriptor(JsonPath at) throws MalformedManifestException {
    JsonPath platform = at.field("platform");
    JsonPath mediaType = at.field("mediaType");
    if (mediaType.text().isEmpty()) {
      throw mediaType.malformed("a descriptor needs a media type");
    }
    OciDescriptor plain =
        OciDescriptor.of(mediaType.text(), at.field("digest").digest(), at.field("size").size());
    return new OciDescriptor(
        plain.target(),
        at.field("urls").textList(),
        at.field("annotations").textMap(),
        at.field("data").optionalText(),
        platform.isPresent() ? Optional.of(platform(platform)) : Optional.empty(),
        at.field("artifactType").optionalText());
  }

  private static Platform platform(JsonPath at) throws MalformedManifestException {
    return new Platform(
        at.field("architecture").text(),
        at.field("os").text(),
        at.field("os.version").optionalText(),
        at.field("os.features").textList(),
        at.field("variant").optionalText());
  }
}
