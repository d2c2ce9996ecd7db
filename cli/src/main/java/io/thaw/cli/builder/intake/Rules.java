package io.thaw.cli.builder.intake;

import io.thaw.cli.builder.queue.IndexFormat;
import io.thaw.cli.builder.queue.JobRequest;
import io.thaw.config.BuilderConfig;
import io.thaw.config.BuilderConfig.BuilderRegistry;
import io.thaw.config.BuilderRule;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What configuration says about images: which registries there are, which rules want what.
public final class Rules {
  /// The tag of a list of referrers; cosign hangs its own on it with a dot.
  private static final Pattern FALLBACK_TAG =
      Pattern.compile("sha(256|512)-[0-9a-f]{64,121}(\\..*)?");

  private final Map<String, String> hosts = new HashMap<>();
  private final List<BuilderRule> rules;

  public Rules(BuilderConfig config) {
    this.rules = config.rules();
    for (BuilderRegistry registry : config.registries()) {
      hosts.put(name(registry.host()), registry.host());
      registry.aliases().forEach(alias -> hosts.put(name(alias), registry.host()));
    }
  }

  /// The host to use for a registry that somebody calls by `name`; empty if it is not declared.
  public Optional<String> host(String name) {
    return Optional.ofNullable(hosts.get(name(name)));
  }

  /// The rule of this name.
  public Optional<BuilderRule> rule(String name) {
    return rules.stream().filter(rule -> rule.name().equals(name)).findFirst();
  }

  /// Whether such a tag is one the builder makes.
  boolean isOwnTag(String tag) {
    return rules.stream()
        .filter(rule -> rule.format() == BuilderRule.Format.V2)
        .anyMatch(rule -> tag.endsWith(rule.tagSuffix()));
  }

  static boolean isFallbackTag(String tag) {
    return FALLBACK_TAG.matcher(tag).matches();
  }

  /// Jobs for an image: of the rules of each format, the first that wants it. Without a tag there
  /// is nothing a v2 index could be found under.
  List<JobRequest> requests(
      Repository repository, Optional<String> tag, Digest digest, String origin) {
    List<JobRequest> requests = new ArrayList<>();
    Set<BuilderRule.Format> taken = EnumSet.noneOf(BuilderRule.Format.class);
    for (BuilderRule rule : rules) {
      boolean wants =
          tag.isPresent()
              ? rule.wants(repository.toString(), tag.get())
              : rule.format() == BuilderRule.Format.V1
                  && rule.wantsRepository(repository.toString());
      if (wants && taken.add(rule.format())) {
        requests.add(
            new JobRequest(repository, tag, digest, rule.name(), format(rule.format()), origin));
      }
    }
    return requests;
  }

  private static IndexFormat format(BuilderRule.Format format) {
    return switch (format) {
      case V1 -> IndexFormat.V1;
      case V2 -> IndexFormat.V2;
    };
  }

  private static String name(String host) {
    return host.toLowerCase(Locale.ROOT);
  }
}
