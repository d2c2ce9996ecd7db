package io.thaw.index.oci;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// An OCI image index (or Docker's manifest list, which has the same fields).
public record ImageIndex(
    String mediaType,
    Optional<String> artifactType,
    List<OciDescriptor> manifests,
    Optional<OciDescriptor> subject,
    SortedMap<String, String> annotations) {

  public ImageIndex {
    manifests = List.copyOf(manifests);
    annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
  }

  public static ImageIndex of(List<OciDescriptor> manifests) {
    return new ImageIndex(
        MediaTypes.OCI_INDEX, Optional.empty(), manifests, Optional.empty(), new TreeMap<>());
  }

  public ImageIndex withManifests(List<OciDescriptor> newManifests) {
    return new ImageIndex(mediaType, artifactType, newManifests, subject, annotations);
  }
}
