package io.thaw.config;

import io.thaw.config.RegistryConfig.Mirror;
import io.thaw.config.RegistryConfig.RegistryLogin;
import io.thaw.config.RegistryConfig.RegistryMirrors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads the tables of hosts: SOCI's `[resolver.host."NAME"]` and containerd's older
/// `[registry.mirrors."NAME"]` and `[registry.configs."NAME"]`.
final class RegistryTables {

  private static final int MAX_HOSTS = 1000;
  private static final long MAX_TIMEOUT_SECONDS = 3_600;

  private final Settings settings;

  RegistryTables(Settings settings) {
    this.settings = settings;
  }

  /// All mirrors; where both tables name a registry, those of `resolver` go first.
  List<RegistryMirrors> mirrors() throws ConfigException {
    Map<String, List<Mirror>> all = new LinkedHashMap<>();
    Object hosts = tree("resolver").getOrDefault("host", Map.of());
    for (Map.Entry<String, Object> host : entries("resolver", "resolver.host", hosts)) {
      String path = "resolver.host.\"" + host.getKey() + "\"";
      Object list = table("resolver", path, host.getValue()).getOrDefault("mirrors", List.of());
      for (Object mirror : list("resolver", path + ".mirrors", list)) {
        add(all, host.getKey(), resolverMirror(path + ".mirrors", mirror));
      }
    }
    String key = "registry.mirrors";
    for (Map.Entry<String, Object> host : entries(key, key, tree(key))) {
      String path = key + ".\"" + host.getKey() + "\"";
      Object list = table(key, path, host.getValue()).getOrDefault("endpoint", List.of());
      for (Object address : list(key, path + ".endpoint", list)) {
        add(all, host.getKey(), new Mirror(text(key, path + ".endpoint", address), 0));
      }
    }
    List<RegistryMirrors> mirrors = new ArrayList<>();
    all.forEach((registry, of) -> mirrors.add(new RegistryMirrors(registry, of)));
    return mirrors;
  }

  List<RegistryLogin> logins() throws ConfigException {
    String key = "registry.configs";
    List<RegistryLogin> logins = new ArrayList<>();
    for (Map.Entry<String, Object> host : entries(key, key, tree(key))) {
      String path = key + ".\"" + host.getKey() + "\"";
      Map<String, Object> table = table(key, path, host.getValue());
      Map<String, Object> auth = table(key, path + ".auth", table.getOrDefault("auth", Map.of()));
      Map<String, Object> tls = table(key, path + ".tls", table.getOrDefault("tls", Map.of()));
      String[] pair = pair(key, path, auth);
      logins.add(
          new RegistryLogin(
              host.getKey(),
              pair[0],
              pair[1],
              text(key, path + ".auth.identitytoken", auth),
              text(key, path + ".tls.ca_file", tls),
              text(key, path + ".tls.cert_file", tls),
              text(key, path + ".tls.key_file", tls),
              Boolean.TRUE.equals(tls.get("insecure_skip_verify"))));
    }
    return logins;
  }

  private Mirror resolverMirror(String path, Object value) throws ConfigException {
    Map<String, Object> mirror = table("resolver", path, value);
    String host = text("resolver", path + ".host", mirror);
    if (host.isEmpty()) {
      throw settings.wrong("resolver", path + ": every mirror needs a host");
    }
    boolean insecure = Boolean.TRUE.equals(mirror.get("insecure"));
    boolean schemed = host.contains("://");
    Object seconds = mirror.getOrDefault("request_timeout_sec", 0L);
    if (!(seconds instanceof Long n) || n > MAX_TIMEOUT_SECONDS) {
      throw settings.wrong(
          "resolver",
          path + ".request_timeout_sec: expected seconds, at most " + MAX_TIMEOUT_SECONDS);
    }
    return new Mirror(
        schemed ? host : (insecure ? "http://" : "https://") + host, Math.max(0, n) * 1_000);
  }

  /// User name and password, as such or as `auth`, base64 of both.
  @SuppressWarnings("UnusedException") // the cause might quote the password
  private String[] pair(String key, String path, Map<String, Object> auth) throws ConfigException {
    String both = text(key, path + ".auth.auth", auth);
    if (both.isEmpty()) {
      return new String[] {
        text(key, path + ".auth.username", auth), text(key, path + ".auth.password", auth)
      };
    }
    try {
      String decoded = new String(Base64.getDecoder().decode(both.strip()), StandardCharsets.UTF_8);
      int colon = decoded.indexOf(':');
      if (colon > 0) {
        return new String[] {decoded.substring(0, colon), decoded.substring(colon + 1)};
      }
    } catch (IllegalArgumentException e) {
      // Falls through: the reason would quote it.
    }
    throw settings.wrong(key, path + ".auth.auth: expected base64 of USER:PASSWORD");
  }

  private static void add(Map<String, List<Mirror>> all, String registry, Mirror mirror) {
    all.computeIfAbsent(registry.toLowerCase(Locale.ROOT), r -> new ArrayList<>()).add(mirror);
  }

  private Map<String, Object> tree(String key) throws ConfigException {
    return table(key, key, settings.value(key));
  }

  private Iterable<Map.Entry<String, Object>> entries(String key, String path, Object value)
      throws ConfigException {
    Map<String, Object> table = table(key, path, value);
    if (table.size() > MAX_HOSTS) {
      throw settings.wrong(key, path + ": at most " + MAX_HOSTS + " hosts");
    }
    return table.entrySet();
  }

  private Map<String, Object> table(String key, String path, Object value) throws ConfigException {
    if (!(value instanceof Map<?, ?> map)) {
      throw settings.wrong(key, path + ": expected a table");
    }
    Map<String, Object> table = new LinkedHashMap<>();
    map.forEach((name, element) -> table.put(String.valueOf(name), element));
    return table;
  }

  private List<?> list(String key, String path, Object value) throws ConfigException {
    if (!(value instanceof List<?> list)) {
      throw settings.wrong(key, path + ": expected a list");
    }
    return list;
  }

  private String text(String key, String path, Map<String, Object> table) throws ConfigException {
    return text(key, path, table.getOrDefault(path.substring(path.lastIndexOf('.') + 1), ""));
  }

  private String text(String key, String path, Object value) throws ConfigException {
    if (!(value instanceof String text)) {
      throw settings.wrong(key, path + ": expected a string");
    }
    return text;
  }
}
