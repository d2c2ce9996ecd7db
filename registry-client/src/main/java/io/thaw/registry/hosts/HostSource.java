package io.thaw.registry.hosts;

import java.util.List;
import java.util.Optional;

/// Tells who serves a registry's content. Asked before every request, so an implementation may
/// answer differently over time. Safe for concurrent use.
@FunctionalInterface
public interface HostSource {

  /// The rules for a registry, or empty if nothing is said about it.
  ///
  /// @param registryHost `host` or `host:port` as references name it; Docker Hub is `docker.io`
  Optional<HostRules> rulesFor(String registryHost);

  /// Says nothing about any registry.
  static HostSource none() {
    return registryHost -> Optional.empty();
  }

  /// Asks the sources in order; the first that knows the registry decides alone.
  static HostSource firstOf(List<? extends HostSource> sources) {
    List<HostSource> ordered = List.copyOf(sources);
    return registryHost -> {
      for (HostSource source : ordered) {
        Optional<HostRules> rules = source.rulesFor(registryHost);
        if (rules.isPresent()) {
          return rules;
        }
      }
      return Optional.empty();
    };
  }
}
