package io.thaw.registry;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A manifest that names another one as its subject, as listed by the referrers API or the
/// fallback tag.
///
/// @param descriptor the referring manifest
/// @param artifactType its artifact type, or null when the registry gives none
/// @param annotations its annotations as listed, in the registry's order
public record Referrer(
    Descriptor descriptor, @Nullable String artifactType, Map<String, String> annotations) {

  public Referrer {
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }
}
