package io.thaw.registry.hosts;

import java.util.Map;
import java.util.Optional;

/// Rules that were known at start, by registry; those of `*` are for every other one.
///
/// @param rules by the registry's name in references, in lower case
public record StaticHosts(Map<String, HostRules> rules) implements HostSource {

  private static final String ANY = "*";

  public StaticHosts {
    rules = Map.copyOf(rules);
  }

  @Override
  public Optional<HostRules> rulesFor(String registryHost) {
    return Optional.ofNullable(rules.getOrDefault(registryHost, rules.get(ANY)));
  }
}
