package io.thaw.cli.doctor;

import io.thaw.cli.doctor.ContainerdConfig.Proxy;
import io.thaw.cli.doctor.Host.Ran;
import io.thaw.config.Shipped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// containerd: whether it runs, knows the daemon as a snapshotter, uses it, and tells it which
/// images it pulls.
final class ContainerdCheck {
  private static final String CONFIG = "containerd.config";
  private static final String PLUGIN = "containerd.plugin";
  private static final String CRI = "containerd.cri";
  private static final String ANNOTATIONS = "containerd.annotations";
  private static final String TRANSFER = "containerd.transfer";
  private static final String EXPORT = "enable_remote_snapshot_annotations";
  private static final String RESTART = "systemctl restart containerd (running containers go on)";
  private static final Pattern VERSION = Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4}).*");
  private static final Pattern IGNORED =
      Pattern.compile("Ignoring unknown key in TOML for plugin.* key=(\\S+) plugin=(\\S+)");

  private final Host host;
  private final Path socket;
  private final Options options;

  /// Where containerd is.
  ///
  /// @param program to ask for its configuration
  /// @param config its configuration
  record Options(String program, Path config) {}

  /// @param socket the daemon's
  ContainerdCheck(Host host, Path socket, Options options) {
    this.host = host;
    this.socket = socket;
    this.options = options;
  }

  List<Finding> find(Containerd containerd) throws IOException {
    List<Finding> findings = new ArrayList<>();
    Containerd.Facts running = null;
    try {
      running = containerd.ask();
      findings.add(running(running.version()));
    } catch (IOException e) {
      findings.add(
          Finding.wrong(
              "containerd.running",
              String.valueOf(e.getMessage()),
              "systemctl start containerd, or name its socket with --address"));
    }
    ContainerdConfig config = config(findings);
    if (config != null) {
      judge(config, running, findings);
    }
    return findings;
  }

  private static Finding running(String version) {
    Matcher matcher = VERSION.matcher(version);
    String said = "containerd " + version + " answers";
    if (matcher.matches()) {
      int major = Integer.parseInt(matcher.group(1));
      if (major < 1 || (major == 1 && Integer.parseInt(matcher.group(2)) < 6)) {
        return Finding.warning(
            "containerd.running", said + "; Thaw is tested on 1.6 and later", "upgrade containerd");
      }
    }
    return Finding.ok("containerd.running", said);
  }

  /// What containerd makes of its configuration; null if it cannot be told, which is a finding.
  private @Nullable ContainerdConfig config(List<Finding> findings) throws IOException {
    Path file = options.config();
    if (host.file(file).isEmpty()) {
      findings.add(
          Finding.wrong(
              CONFIG,
              "there is no %s, so containerd knows no plugin but its own".formatted(file),
              "mkdir -p %s && containerd config default > %s".formatted(file.getParent(), file),
              "then run thaw doctor again; if it is elsewhere, name it with --containerd-config"));
      return null;
    }
    Ran dump;
    try {
      dump = host.run(List.of(options.program(), "--config", file.toString(), "config", "dump"));
    } catch (IOException e) {
      findings.add(
          Finding.warning(
              CONFIG,
              "containerd's configuration is not checked: " + e.getMessage(),
              "name containerd's program with --containerd, as in --containerd /usr/local/bin/containerd"));
      return null;
    }
    if (dump.status() != 0) {
      findings.add(
          Finding.wrong(
              CONFIG,
              "containerd cannot use %s: %s".formatted(file, complaint(dump)),
              "correct it, then: containerd --config %s config dump".formatted(file)));
      return null;
    }
    try {
      ContainerdConfig config = ContainerdConfig.parse(dump.out());
      findings.add(understood(dump));
      return config;
    } catch (IOException e) {
      findings.add(Finding.warning(CONFIG, "containerd config dump prints " + e.getMessage()));
      return null;
    }
  }

  /// The first line that tells what is wrong.
  private static String complaint(Ran dump) {
    return (dump.err() + dump.out())
        .lines()
        .filter(line -> !line.isBlank() && !line.contains("level=warning"))
        .findFirst()
        .orElse("it ended with status " + dump.status());
  }

  private Finding understood(Ran dump) {
    List<String> ignored = new ArrayList<>();
    Matcher matcher = IGNORED.matcher(dump.err());
    while (matcher.find()) {
      ignored.add(matcher.group(2) + " " + matcher.group(1));
    }
    return ignored.isEmpty()
        ? Finding.ok(CONFIG, "containerd understands " + options.config())
        : Finding.warning(
            CONFIG,
            "containerd ignores what %s and its imports say of: %s; files of different versions cannot be mixed"
                .formatted(options.config(), String.join(", ", ignored)),
            "containerd --config %s config migrate: the same in the current version; use its keys in all files"
                .formatted(options.config()));
  }

  private void judge(
      ContainerdConfig config, Containerd.@Nullable Facts running, List<Finding> findings) {
    Optional<String> name =
        config.proxies().entrySet().stream()
            .filter(entry -> isOurs(entry.getValue()))
            .map(Map.Entry::getKey)
            .findFirst();
    if (name.isEmpty()) {
      findings.add(unknown(config));
      return;
    }
    String ours = name.get();
    if (running != null && !running.names().contains(ours)) {
      findings.add(
          Finding.wrong(
              PLUGIN,
              "%s names %s as a snapshotter, but the running containerd has only: %s"
                  .formatted(options.config(), ours, String.join(", ", running.names())),
              RESTART,
              "if it uses another configuration, name that with --containerd-config"));
    } else {
      findings.add(Finding.ok(PLUGIN, "containerd knows %s at %s".formatted(ours, socket)));
    }
    findings.addAll(cri(config, ours));
    if (config.second()) {
      findings.add(transfer(config, ours));
    }
  }

  private boolean isOurs(Proxy proxy) {
    return proxy.type().equals("snapshot") && proxy.address().normalize().equals(socket);
  }

  private Finding unknown(ContainerdConfig config) {
    for (Map.Entry<String, Proxy> entry : config.proxies().entrySet()) {
      Proxy proxy = entry.getValue();
      if (entry.getKey().equals("thaw") || entry.getKey().equals("soci")) {
        return Finding.wrong(
            PLUGIN,
            "containerd looks for %s (type %s) at %s, but thawd listens at %s"
                .formatted(entry.getKey(), proxy.type(), proxy.address(), socket),
            "write into the file that has [proxy_plugins.%s]:".formatted(entry.getKey()),
            "  [proxy_plugins.%s]".formatted(entry.getKey()),
            "    type = \"snapshot\"",
            "    address = \"%s\"".formatted(socket),
            RESTART);
      }
    }
    List<String> remedy = new ArrayList<>();
    remedy.add("write into %s:".formatted(options.config()));
    remedy.add("  imports = [\"/etc/containerd/conf.d/*.toml\"]");
    remedy.add("write into /etc/containerd/conf.d/thaw.toml:");
    Shipped.text(config.second() ? "containerd/2.x/thaw.toml" : "containerd/1.x/thaw.toml")
        .replace(Shipped.SOCKET, socket.toString())
        .lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .forEach(line -> remedy.add("  " + line));
    if (!config.second()) {
      remedy.add("write into %s itself, in the section that is there:".formatted(options.config()));
      remedy.addAll(criLines(config, "thaw"));
    }
    remedy.add(RESTART);
    return new Finding(
        PLUGIN,
        Finding.Level.WRONG,
        "containerd has no snapshotter at %s: it does not know thawd".formatted(socket),
        remedy);
  }

  private List<Finding> cri(ContainerdConfig config, String ours) {
    Optional<String> used = config.criSnapshotter();
    if (used.isEmpty()) {
      return List.of(
          Finding.skipped(CRI, "containerd runs no pods: its CRI plugin is switched off"));
    }
    List<String> remedy = new ArrayList<>();
    remedy.add(
        config.second()
            ? "write into the drop-in that names %s, or into %s:".formatted(ours, options.config())
            : "write into %s itself (an imported file would replace the whole section):"
                .formatted(options.config()));
    remedy.addAll(criLines(config, ours));
    remedy.add(RESTART);
    if (!used.get().equals(ours)) {
      return List.of(
          new Finding(
              CRI,
              Finding.Level.WARNING,
              "pods use the snapshotter %s, not %s: nothing of Kubernetes is lazy"
                  .formatted(used.get(), ours),
              remedy));
    }
    return List.of(
        Finding.ok(CRI, "pods use the snapshotter " + ours),
        config.criTellsImages()
            ? Finding.ok(ANNOTATIONS, "containerd tells which image a layer belongs to")
            : new Finding(
                ANNOTATIONS,
                Finding.Level.WRONG,
                "disable_snapshot_annotations is not false: containerd does not say which image it pulls, and nothing is lazy",
                remedy));
  }

  private static List<String> criLines(ContainerdConfig config, String ours) {
    return List.of(
        config.second()
            ? "  [plugins.\"io.containerd.cri.v1.images\"]"
            : "  [plugins.\"io.containerd.grpc.v1.cri\".containerd]",
        "    snapshotter = \"%s\"".formatted(ours),
        "    disable_snapshot_annotations = false");
  }

  private static Finding transfer(ContainerdConfig config, String ours) {
    List<String> remedy = new ArrayList<>();
    remedy.add("write into the drop-in that names %s:".formatted(ours));
    boolean told =
        config.proxies().entrySet().stream()
            .filter(entry -> entry.getKey().equals(ours))
            .anyMatch(entry -> "true".equals(entry.getValue().exports().get(EXPORT)));
    if (!told) {
      remedy.add("  [proxy_plugins.%s.exports]".formatted(ours));
      remedy.add("    %s = \"true\"".formatted(EXPORT));
    }
    if (!config.transferSnapshotters().contains(ours)) {
      for (String snapshotter : List.of("overlayfs", ours)) {
        remedy.add("  [[plugins.\"io.containerd.transfer.v1.local\".unpack_config]]");
        remedy.add("    platform = \"linux\"");
        remedy.add("    snapshotter = \"%s\"".formatted(snapshotter));
      }
    }
    if (remedy.size() == 1) {
      return Finding.ok(TRANSFER, "ctr's pulls (the transfer service) are lazy, too");
    }
    remedy.add(RESTART);
    return new Finding(
        TRANSFER, Finding.Level.WARNING, "ctr's pulls (the transfer service) are not lazy", remedy);
  }
}
