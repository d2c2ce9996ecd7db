package io.thaw.cli.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/// containerd's configuration as containerd itself understands it: `containerd config dump`
/// merges what is imported, which each release does in its own way, and fills in the defaults.
final class ContainerdConfig {
  /// Where CRI keeps what it says of images, by version of the configuration.
  private static final List<String> CRI_2 =
      List.of("plugins", "io.containerd.grpc.v1.cri", "containerd");

  private static final List<String> CRI_3 = List.of("plugins", "io.containerd.cri.v1.images");
  private static final List<String> TRANSFER =
      List.of("plugins", "io.containerd.transfer.v1.local", "unpack_config");

  private final TomlTable toml;

  private ContainerdConfig(TomlTable toml) {
    this.toml = toml;
  }

  /// A proxy plugin.
  ///
  /// @param type `snapshot` is what we are
  /// @param address its socket
  record Proxy(String type, Path address, Map<String, String> exports) {}

  /// Reads a dump.
  ///
  /// @throws IOException if it is not TOML
  static ContainerdConfig parse(String dump) throws IOException {
    TomlParseResult toml = Toml.parse(dump);
    if (!toml.errors().isEmpty()) {
      throw new IOException("not valid TOML: " + toml.errors().getFirst().getMessage());
    }
    return new ContainerdConfig(toml);
  }

  /// The dump's version: 2 of containerd 1.x, 3 of 2.x.
  long version() {
    return toml.get(List.of("version")) instanceof Long number ? number : 1;
  }

  boolean second() {
    return version() >= 3;
  }

  /// The proxy plugins, by name.
  Map<String, Proxy> proxies() {
    Map<String, Proxy> proxies = new LinkedHashMap<>();
    TomlTable all = table(List.of("proxy_plugins"));
    if (all == null) {
      return proxies;
    }
    for (String name : all.keySet()) {
      if (all.get(List.of(name)) instanceof TomlTable plugin) {
        Map<String, String> exports = new LinkedHashMap<>();
        if (plugin.get(List.of("exports")) instanceof TomlTable told) {
          told.keySet().forEach(key -> exports.put(key, text(told, key)));
        }
        String address = text(plugin, "address");
        proxies.put(
            name,
            new Proxy(
                text(plugin, "type"),
                Path.of(
                    address.startsWith("unix://")
                        ? address.substring("unix://".length())
                        : address),
                exports));
      }
    }
    return proxies;
  }

  /// The snapshotter of pods; empty if CRI is switched off.
  Optional<String> criSnapshotter() {
    TomlTable cri = criDisabled() ? null : cri();
    return cri == null ? Optional.empty() : Optional.of(text(cri, "snapshotter"));
  }

  /// Whether CRI says to the snapshotter which image it pulls.
  boolean criTellsImages() {
    TomlTable cri = cri();
    return cri != null && Boolean.FALSE.equals(cri.get(List.of("disable_snapshot_annotations")));
  }

  /// The snapshotters that the transfer service unpacks for.
  List<String> transferSnapshotters() {
    List<String> names = new ArrayList<>();
    if (toml.get(TRANSFER) instanceof TomlArray all) {
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i) instanceof TomlTable one) {
          names.add(text(one, "snapshotter"));
        }
      }
    }
    return names;
  }

  private boolean criDisabled() {
    if (!(toml.get(List.of("disabled_plugins")) instanceof TomlArray disabled)) {
      return false;
    }
    List<Object> names = disabled.toList();
    return names.contains("cri")
        || names.contains("io.containerd.grpc.v1.cri")
        || names.contains("io.containerd.cri.v1.images");
  }

  private @Nullable TomlTable cri() {
    return table(second() ? CRI_3 : CRI_2);
  }

  private @Nullable TomlTable table(List<String> path) {
    return toml.get(path) instanceof TomlTable table ? table : null;
  }

  private static String text(TomlTable table, String key) {
    Object value = table.get(List.of(key));
    return value == null ? "" : value.toString();
  }
}
