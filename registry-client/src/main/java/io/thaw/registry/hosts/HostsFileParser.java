package io.thaw.registry.hosts;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/// Reads `hosts.toml` in containerd's format: keys at the top are about the upstream, every
/// `[host."ADDRESS"]` table is a mirror, in the order of the file.
final class HostsFileParser {

  private static final int MAX_HOSTS = 64;
  private static final Set<String> KNOWN =
      Set.of(
          "capabilities", "ca", "client", "skip_verify", "header", "override_path", "dial_timeout");

  /// Headers the HTTP client sets by itself.
  private static final Set<String> RESERVED =
      Set.of("connection", "content-length", "expect", "host", "upgrade", "range");

  private final String source;
  private final Path directory;
  private final List<String> warnings = new ArrayList<>();

  private HostsFileParser(String source, Path directory) {
    this.source = source;
    this.directory = directory;
  }

  /// What a file says.
  ///
  /// @param warnings what is odd in it, with file and line
  record Parsed(HostRules rules, List<String> warnings) {}

  /// @param directory what relative paths in the file are relative to
  static Parsed parse(String source, Path directory, String text) throws HostsFileException {
    TomlParseResult toml = Toml.parse(text);
    if (!toml.errors().isEmpty()) {
      TomlParseError error = toml.errors().getFirst();
      throw new HostsFileException(
          source, error.position().line(), "not valid TOML: " + error.getMessage());
    }
    HostsFileParser parser = new HostsFileParser(source, directory);
    return new Parsed(parser.rules(toml), List.copyOf(parser.warnings));
  }

  private HostRules rules(TomlTable top) throws HostsFileException {
    List<HostEntry> mirrors = new ArrayList<>();
    Object hosts = get(top, "host");
    if (hosts instanceof TomlTable table) {
      if (table.size() > MAX_HOSTS) {
        throw wrong(top, "host", "more than " + MAX_HOSTS + " hosts; leave some out");
      }
      for (String address : inOrder(table)) {
        if (!(get(table, address) instanceof TomlTable host)) {
          throw wrong(table, address, "expected a table [host.\"" + address + "\"]");
        }
        mirrors.add(entry(host, root(table, address, address, flag(host, "override_path"))));
        warnUnknown(host, Set.of());
      }
    } else if (hosts != null) {
      throw wrong(top, "host", "expected tables [host.\"https://ADDRESS\"]");
    }
    String server = text(top, "server");
    URI upstream =
        server == null || server.isEmpty()
            ? null
            : root(top, "server", server, flag(top, "override_path"));
    warnUnknown(top, Set.of("server", "host"));
    return new HostRules(mirrors, entry(top, upstream));
  }

  private HostEntry entry(TomlTable table, @Nullable URI root) throws HostsFileException {
    TlsFiles tls = new TlsFiles(paths(table, "ca"), clients(table), flag(table, "skip_verify"));
    return new HostEntry(
        root, capabilities(table), tls, headers(table), duration(table, "dial_timeout"), null);
  }

  private URI root(TomlTable table, String key, String address, boolean override)
      throws HostsFileException {
    try {
      return HostAddresses.apiRoot(address, override);
    } catch (IllegalArgumentException e) {
      throw wrong(table, key, "cannot use the address: " + e.getMessage());
    }
  }

  private Set<Capability> capabilities(TomlTable table) throws HostsFileException {
    List<String> names = strings(table, "capabilities");
    if (names.isEmpty()) {
      return EnumSet.allOf(Capability.class);
    }
    Set<Capability> all = EnumSet.noneOf(Capability.class);
    for (String name : names) {
      try {
        all.add(Capability.valueOf(name.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw wrong(
            table,
            "capabilities",
            "expected some of \"pull\", \"resolve\", \"push\", \"referrers\"");
      }
    }
    return all;
  }

  private List<TlsFiles.ClientPair> clients(TomlTable table) throws HostsFileException {
    List<TlsFiles.ClientPair> pairs = new ArrayList<>();
    Object value = get(table, "client");
    List<Object> elements =
        value instanceof TomlArray array
            ? array.toList()
            : value == null ? List.of() : List.of(value);
    for (Object element : elements) {
      List<Object> files = element instanceof TomlArray array ? array.toList() : List.of(element);
      if (files.isEmpty()
          || files.size() > 2
          || !files.stream().allMatch(f -> f instanceof String s && !s.isEmpty())) {
        throw wrong(
            table, "client", "expected a file, a list of files, or pairs [\"CERT\", \"KEY\"]");
      }
      Path certificate = path(table, "client", (String) files.getFirst());
      pairs.add(
          new TlsFiles.ClientPair(certificate, path(table, "client", (String) files.getLast())));
    }
    return pairs;
  }

  private Map<String, String> headers(TomlTable table) throws HostsFileException {
    Map<String, String> headers = new LinkedHashMap<>();
    Object value = get(table, "header");
    if (value == null) {
      return headers;
    }
    if (!(value instanceof TomlTable fields)) {
      throw wrong(table, "header", "expected a table of names and values");
    }
    for (String name : inOrder(fields)) {
      String joined = String.join(", ", strings(fields, name));
      boolean token =
          !name.isEmpty()
              && name.chars()
                  .allMatch(c -> c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0);
      // The HTTP client sends Latin-1.
      boolean printable = joined.chars().allMatch(c -> c >= ' ' && c != 0x7f && c <= 0xff);
      if (!token || !printable) {
        throw wrong(fields, name, "expected a header's name and printable text");
      }
      if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
        throw wrong(fields, name, "this header cannot be set; remove it");
      }
      headers.put(name, joined);
    }
    return headers;
  }

  private @Nullable Duration duration(TomlTable table, String key) throws HostsFileException {
    String text = text(table, key);
    if (text == null || text.isEmpty()) {
      return null;
    }
    Duration duration = GoDurations.parse(text);
    if (duration == null || duration.isNegative() || duration.isZero()) {
      throw wrong(table, key, "expected a duration such as \"5s\" or \"300ms\"");
    }
    return duration;
  }

  private List<Path> paths(TomlTable table, String key) throws HostsFileException {
    List<Path> paths = new ArrayList<>();
    for (String file : strings(table, key)) {
      paths.add(path(table, key, file));
    }
    return paths;
  }

  private Path path(TomlTable table, String key, String file) throws HostsFileException {
    if (file.isEmpty() || file.indexOf('\0') >= 0) {
      throw wrong(table, key, "expected the path of a file");
    }
    return directory.resolve(file);
  }

  private boolean flag(TomlTable table, String key) throws HostsFileException {
    Object value = get(table, key);
    if (value == null) {
      return false;
    }
    if (!(value instanceof Boolean flag)) {
      throw wrong(table, key, "expected true or false");
    }
    return flag;
  }

  private @Nullable String text(TomlTable table, String key) throws HostsFileException {
    Object value = get(table, key);
    if (value != null && !(value instanceof String)) {
      throw wrong(table, key, "expected text in quotes");
    }
    return (String) value;
  }

  private List<String> strings(TomlTable table, String key) throws HostsFileException {
    Object value = get(table, key);
    if (value == null) {
      return List.of();
    }
    List<Object> elements = value instanceof TomlArray array ? array.toList() : List.of(value);
    if (!elements.stream().allMatch(String.class::isInstance)) {
      throw wrong(table, key, "expected text or a list of texts");
    }
    return elements.stream().map(String.class::cast).toList();
  }

  private void warnUnknown(TomlTable table, Set<String> more) {
    for (String key : table.keySet()) {
      if (!KNOWN.contains(key) && !more.contains(key)) {
        warnings.add(source + ":" + line(table, key) + ": unknown key, has no effect: " + key);
      }
    }
  }

  private HostsFileException wrong(TomlTable table, String key, String problem) {
    return new HostsFileException(source, line(table, key), key + ": " + problem);
  }

  private static @Nullable Object get(TomlTable table, String key) {
    return table.get(List.of(key));
  }

  private static List<String> inOrder(TomlTable table) {
    return table.keySet().stream()
        .sorted(
            Comparator.comparing(
                key -> position(table, key),
                Comparator.comparingInt(TomlPosition::line).thenComparingInt(TomlPosition::column)))
        .toList();
  }

  private static int line(TomlTable table, String key) {
    return position(table, key).line();
  }

  private static TomlPosition position(TomlTable table, String key) {
    TomlPosition at = table.inputPositionOf(List.of(key));
    return at == null ? TomlPosition.positionAt(1, 1) : at;
  }
}
