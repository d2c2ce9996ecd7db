package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A descriptor with everything the OCI image specification lets it carry.
///
/// @param target media type, digest and size
/// @param data the content itself, base64 as it stands in the document
public record OciDescriptor(
    Descriptor target,
    List<String> urls,
    SortedMap<String, String> annotations,
    Optional<String> data,
    Optional<Platform> platform,
    Optional<String> artifactType) {

  public OciDescriptor {
    urls = List.copyOf(urls);
    annotations = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
  }

  public static OciDescriptor of(String mediaType, Digest digest, long sizeBytes) {
    return of(new Descriptor(mediaType, digest, sizeBytes));
  }

  public static OciDescriptor of(Descriptor target) {
    return new OciDescriptor(
        target, List.of(), new TreeMap<>(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public String mediaType() {
    return target.mediaType();
  }

  public Digest digest() {
    return target.digest();
  }

  public long sizeBytes() {
    return target.sizeBytes();
  }

  public OciDescriptor withTarget(Descriptor newTarget) {
    return new OciDescriptor(newTarget, urls, annotations, data, platform, artifactType);
  }

  public OciDescriptor withAnnotations(SortedMap<String, String> newAnnotations) {
    return new OciDescriptor(target, urls, newAnnotations, data, platform, artifactType);
  }

  public OciDescriptor withAnnotation(String key, String value) {
    SortedMap<String, String> more = new TreeMap<>(annotations);
    more.put(key, value);
    return withAnnotations(more);
  }

  public OciDescriptor withPlatform(Platform newPlatform) {
    return new OciDescriptor(
        target, urls, annotations, data, Optional.of(newPlatform), artifactType);
  }

  public OciDescriptor withArtifactType(String newArtifactType) {
    return new OciDescriptor(
        target, urls, annotations, data, platform, Optional.of(newArtifactType));
  }
}
