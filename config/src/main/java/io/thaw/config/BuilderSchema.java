package io.thaw.config;

import io.thaw.config.BuilderConfig.BuilderAuth;
import io.thaw.config.BuilderConfig.BuilderQueue;
import io.thaw.config.BuilderConfig.BuilderRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Every key of the builder's file, and what a file has to fulfil as a whole.
final class BuilderSchema {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long GIB = 1024 * MIB;
  private static final int DAY_SECONDS = 86_400;
  private static final int MAX_NAME = 64;

  static final Map<String, ConfigKey> REGISTRY_KEYS = registryTable().keys();
  static final Map<String, ConfigKey> RULE_KEYS = ruleTable().keys();
  static final Map<String, ConfigKey> KEYS = fileTable().keys();

  private BuilderSchema() {}

  private static KeyTable fileTable() {
    KeyTable t = new KeyTable();
    t.path("root", "/var/lib/thaw-builder");
    t.text("listen", "127.0.0.1:8417");
    t.number("concurrency", 2, 1, 64);
    t.number("shutdown_grace_sec", 30, 0, 3_600);
    t.number("max_body_bytes", MIB, KIB, 64 * MIB);
    t.choice("log.level", "info", "trace", "debug", "info", "warn", "error");
    t.text("auth.secret_file", "");
    t.text("auth.read_secret_file", "");
    t.number("auth.max_clock_skew_sec", 300, 1, DAY_SECONDS);
    t.number("queue.max_jobs", 10_000, 1, 1_000_000);
    t.number("queue.max_attempts", 8, 1, 100);
    t.number("queue.min_wait_sec", 10, 0, DAY_SECONDS);
    t.number("queue.max_wait_sec", 3_600, 0, 7 * DAY_SECONDS);
    t.number("queue.history", 2_000, 0, 1_000_000);
    t.tables("registry", registryTable());
    t.tables("rule", ruleTable());
    return t;
  }

  private static KeyTable registryTable() {
    KeyTable t = new KeyTable();
    t.text("host", "");
    t.strings("aliases");
    t.flag("plain_http", false);
    t.flag("insecure", false);
    return t;
  }

  private static KeyTable ruleTable() {
    KeyTable t = new KeyTable();
    t.text("name", "");
    t.strings("images");
    t.strings("exclude");
    t.strings("tags", List.of("*"));
    t.strings("exclude_tags");
    t.choice("format", "v2", "v1", "v2");
    t.text("tag_suffix", "-soci");
    t.number("min_image_bytes", 0, 0, Long.MAX_VALUE);
    t.number("min_layer_bytes", 10 * MIB, 0, Long.MAX_VALUE);
    t.number("span_bytes", 4 * MIB, KIB, GIB);
    t.strings("platforms");
    return t;
  }

  static BuilderConfig read(Settings s) throws ConfigException {
    if (s.number("queue.max_wait_sec") < s.number("queue.min_wait_sec")) {
      throw s.wrong("queue.max_wait_sec", "must not be less than queue.min_wait_sec");
    }
    List<BuilderRegistry> registries = registries(s);
    return new BuilderConfig(
        Path.of(s.text("root")),
        listen(s),
        s.count("concurrency"),
        s.number("shutdown_grace_sec"),
        s.number("max_body_bytes"),
        new LogConfig(s.text("log.level")),
        new BuilderAuth(
            s.text("auth.secret_file"),
            s.text("auth.read_secret_file"),
            s.number("auth.max_clock_skew_sec")),
        new BuilderQueue(
            s.count("queue.max_jobs"),
            s.count("queue.max_attempts"),
            s.number("queue.min_wait_sec"),
            s.number("queue.max_wait_sec"),
            s.count("queue.history")),
        registries,
        rules(s, registries),
        s.warnings());
  }

  private static ListenAddress listen(Settings s) throws ConfigException {
    try {
      return ListenAddress.parse(s.text("listen"));
    } catch (IllegalArgumentException e) {
      throw s.wrong("listen", String.valueOf(e.getMessage()));
    }
  }

  private static List<BuilderRegistry> registries(Settings s) throws ConfigException {
    List<BuilderRegistry> registries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Settings table : s.tables("registry")) {
      String host = table.text("host");
      if (host.isEmpty() || host.indexOf('/') >= 0 || ImageGlob.hasWildcard(host)) {
        throw table.wrong(
            "host", "write the registry's host as in image references, such as r.example.com:5000");
      }
      names.add(host);
      List<String> aliases = table.strings("aliases");
      registries.add(
          new BuilderRegistry(host, aliases, table.flag("plain_http"), table.flag("insecure")));
    }
    for (Settings table : s.tables("registry")) {
      for (String alias : table.strings("aliases")) {
        if (!names.add(alias)) {
          throw table.wrong("aliases", "\"" + alias + "\" is the name of another registry, too");
        }
      }
    }
    if (registries.stream().map(BuilderRegistry::host).distinct().count() != registries.size()) {
      throw s.wrong("registry", "two [[registry]] tables have the same host");
    }
    return registries;
  }

  private static List<BuilderRule> rules(Settings s, List<BuilderRegistry> registries)
      throws ConfigException {
    List<BuilderRule> rules = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<String> hosts = new HashSet<>();
    registries.forEach(registry -> hosts.add(registry.host()));
    for (Settings table : s.tables("rule")) {
      rules.add(rule(table, names, hosts));
    }
    if (rules.isEmpty()) {
      throw s.wrong("rule", "there is no [[rule]], so nothing would ever be indexed; add one");
    }
    return rules;
  }

  private static BuilderRule rule(Settings s, Set<String> names, Set<String> hosts)
      throws ConfigException {
    String name = s.text("name");
    if (!name.matches("[A-Za-z0-9_.-]{1," + MAX_NAME + "}")) {
      throw s.wrong(
          "name", "give the rule a name of up to " + MAX_NAME + " letters, digits, '_', '.', '-'");
    }
    if (!names.add(name)) {
      throw s.wrong("name", "another rule has the name \"" + name + "\"");
    }
    if (s.strings("images").isEmpty()) {
      throw s.wrong("images", "name at least one pattern, such as \"r.example.com/team/**\"");
    }
    for (String image : s.strings("images")) {
      checkImages(s, image, hosts);
    }
    return new BuilderRule(
        name,
        globs(s, "images"),
        globs(s, "exclude"),
        globs(s, "tags"),
        globs(s, "exclude_tags"),
        BuilderRule.Format.valueOf(s.text("format").toUpperCase(Locale.ROOT)),
        suffix(s),
        s.number("min_image_bytes"),
        s.number("min_layer_bytes"),
        s.number("span_bytes"),
        platforms(s));
  }

  /// A wildcard in the host could send credentials to a host nobody meant.
  private static void checkImages(Settings s, String pattern, Set<String> hosts)
      throws ConfigException {
    int slash = pattern.indexOf('/');
    String host = slash < 0 ? pattern : pattern.substring(0, slash);
    if (slash < 0 || slash == pattern.length() - 1 || ImageGlob.hasWildcard(host)) {
      throw s.wrong(
          "images",
          "\""
              + pattern
              + "\" must be host/repository with the host written out; wildcards may"
              + " stand after the first '/'");
    }
    if (!hosts.contains(host)) {
      throw s.wrong(
          "images", "no [[registry]] has the host \"" + host + "\"; add one, or use its host");
    }
  }

  private static List<ImageGlob> globs(Settings s, String key) throws ConfigException {
    List<ImageGlob> globs = new ArrayList<>();
    for (String text : s.strings(key)) {
      try {
        globs.add(ImageGlob.of(text));
      } catch (IllegalArgumentException e) {
        throw s.wrong(key, "\"" + text + "\": " + e.getMessage());
      }
    }
    return globs;
  }

  private static String suffix(Settings s) throws ConfigException {
    String suffix = s.text("tag_suffix");
    if (!suffix.matches("[A-Za-z0-9_.-]{1," + MAX_NAME + "}")) {
      throw s.wrong(
          "tag_suffix",
          "must be 1 to "
              + MAX_NAME
              + " letters, digits, '_', '.', '-': the image that was pushed"
              + " keeps its own tag");
    }
    return suffix;
  }

  private static List<String> platforms(Settings s) throws ConfigException {
    for (String platform : s.strings("platforms")) {
      if (!platform.matches("[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?")) {
        throw s.wrong(
            "platforms", "\"" + platform + "\" is no platform; write os/arch, as in linux/arm64");
      }
    }
    return s.strings("platforms");
  }
}
