package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// An OCI image manifest (or Docker's, which has the same fields).
public record ImageManifest(
    String mediaType,
    Optional<String> artifactType,
    OciDescriptor config,
    List<OciDescriptor> layers,
    Optional<OciDescriptor> subject,
    SortedMap<String, String> annotations) {

  public ImageManifest {
    layers = List.copyOf(layers);
    annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
  }

  /// The same manifest and its config under OCI media types, with `more` added to the annotations.
  public ImageManifest asOci(SortedMap<String, String> more) {
    SortedMap<String, String> merged = new TreeMap<>(annotations);
    merged.putAll(more);
    Descriptor target = config.target();
    return new ImageManifest(
        MediaTypes.OCI_MANIFEST,
        artifactType,
        config.withTarget(
            new Descriptor(MediaTypes.OCI_CONFIG, target.digest(), target.sizeBytes())),
        layers,
        subject,
        merged);
  }
}
