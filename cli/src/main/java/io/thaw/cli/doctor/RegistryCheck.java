package io.thaw.cli.doctor;

import io.thaw.proto.control.v1.DiagnoseResponse;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.HostProbe;
import io.thaw.proto.control.v1.LabelsSeen;
import io.thaw.proto.control.v1.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the daemon tells of pulls: the labels it was given, and how an image's registry answers it.
final class RegistryCheck {
  private static final Duration SKEW = Duration.ofSeconds(30);

  /// Tokens and signed links have margins of minutes.
  private static final Duration GREAT_SKEW = Duration.ofMinutes(5);

  private static final Duration SLOW = Duration.ofSeconds(1);

  private final DiagnoseResponse told;
  private final String image;

  RegistryCheck(DiagnoseResponse told, String image) {
    this.told = told;
    this.image = image;
  }

  /// Whether containerd said which images it pulled.
  Finding labels() {
    String check = "containerd.labels";
    LabelsSeen seen = told.getLabels();
    if (seen.getUnnamed() > 0 && seen.getUnnamedNanos() > seen.getNamedNanos()) {
      return Finding.warning(
          check,
          "containerd asked for layers without saying of which image: they are not lazy",
          "set disable_snapshot_annotations = false for CRI; ctr of containerd 1.x never says it: pull with crictl or nerdctl");
    }
    return seen.getNamed() == 0
        ? Finding.skipped(check, "nothing has been pulled through thawd yet")
        : Finding.ok(
            check,
            "containerd said of %d layers to which image they belong".formatted(seen.getNamed()));
  }

  /// The hosts of the image's registry, their clocks, the logins, and the image's index.
  List<Finding> registry() {
    List<Finding> findings = new ArrayList<>();
    if (!told.getHostsError().isEmpty()) {
      findings.add(
          Finding.wrong(
              "registry.hosts",
              told.getHostsError(),
              "correct the registry's hosts.toml, or [registry] in /etc/thaw/config.toml"));
    }
    for (HostProbe host : told.getHostsList()) {
      findings.add(reached(host));
      if (host.getFailure().isEmpty()) {
        findings.add(ranges(host));
      }
      findings.add(login(host));
      if (host.hasClockAheadMillis()) {
        findings.add(clock(host));
      }
    }
    findings.add(index());
    return findings;
  }

  private static String name(HostProbe host) {
    return host.getAddress() + (host.getMirror() ? " (mirror)" : "");
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f ms", micros / 1000.0);
  }

  private Finding reached(HostProbe host) {
    String check = "registry.reachable";
    if (host.getFailure().isEmpty()) {
      return Finding.ok(
          check, "%s answers in %s".formatted(name(host), millis(host.getFirstMicros())));
    }
    boolean passed = host.getMirror();
    if (passed && host.getFailure().equals("not_found")) {
      return Finding.ok(check, "%s answers, and does not have %s".formatted(name(host), image));
    }
    return new Finding(
        check,
        passed ? Finding.Level.WARNING : Finding.Level.WRONG,
        name(host) + ": " + host.getFailureMessage(),
        remedies(host));
  }

  private static List<String> remedies(HostProbe host) {
    String authority = host.getAddress().substring(host.getAddress().indexOf("://") + 3);
    return switch (host.getFailure()) {
      case "unreachable" ->
          List.of(
              "curl -v %s/v2/ on this node tells whether it is the name, the route, or the port"
                  .formatted(host.getAddress()),
              "behind a proxy: systemctl edit thawd, [Service] Environment=HTTPS_PROXY=http://PROXY:PORT");
      case "untrusted" ->
          List.of(
              "write into /etc/containerd/certs.d/%s/hosts.toml:".formatted(authority),
              "  ca = \"/path/to/its/authority.crt\"");
      case "unauthorized" -> List.of("see the finding on its login");
      case "refused" ->
          List.of(
              "write into /etc/thaw/config.toml, if it is meant to be plain HTTP:",
              "  [registry]",
              "  plain_http_hosts = [\"%s\"]".formatted(authority));
      case "not_found" -> List.of("check the image's name and tag, and that it was pushed there");
      case "rate_limited" ->
          List.of("log in for a higher limit, or use a mirror (docs/registries.md)");
      default -> List.of("see the log of the registry, or of what is in front of it");
    };
  }

  private static Finding ranges(HostProbe host) {
    String check = "registry.ranges";
    return switch (host.getRanges()) {
      case HONOURED -> {
        boolean slow = host.getNextMicros() > SLOW.toNanos() / 1000;
        String said =
            "%s serves ranges, the first byte in %s"
                .formatted(name(host), millis(host.getNextMicros()));
        yield slow
            ? Finding.warning(
                check,
                said + ": every read of what is not here waits as long",
                "use a mirror near this node (docs/registries.md)",
                "thaw prewarm brings images here before they are needed")
            : Finding.ok(check, said);
      }
      case IGNORED ->
          Finding.wrong(
              check,
              name(host) + " ignores ranges: each lazy read costs whole layers",
              "switch on range requests in the registry, or in the proxy in front of it: nginx needs proxy_force_ranges on, and no proxy_cache without slice",
              "or pull whole images: pull_modes.parallel_pull_unpack.enable = true");
      case REFUSED ->
          host.getMirror()
              ? Finding.ok(check, name(host) + " does not have the layer; the next host is asked")
              : Finding.wrong(
                  check,
                  name(host) + " has the manifest, and refuses the layer's bytes",
                  "push the image again; if that does not help, see the log of the registry");
      case RANGES_UNSPECIFIED, UNRECOGNIZED ->
          Finding.skipped(check, name(host) + " was not asked for bytes of a layer");
    };
  }

  private static Finding login(HostProbe host) {
    String check = "registry.credentials";
    String source = host.getCredentials();
    boolean anonymous = source.startsWith("anonymous");
    if (!host.getFailure().equals("unauthorized")) {
      return Finding.ok(
          check,
          anonymous
              ? name(host) + " is asked without a login"
              : "%s is asked with the login from %s".formatted(name(host), source));
    }
    String where = "where thawd looks for logins: docs/registries.md";
    return new Finding(
        check,
        host.getMirror() ? Finding.Level.WARNING : Finding.Level.WRONG,
        anonymous
            ? "%s wants a login, and there is none (%s)".formatted(name(host), source)
            : "%s refuses the login from %s".formatted(name(host), source),
        anonymous
            ? List.of(
                "docker login %s as root, or a credential source in /etc/thaw/config.toml"
                    .formatted(host.getAddress()),
                where)
            : List.of(
                "renew it there, and check that it may pull this repository; thawd reads it again by itself",
                where));
  }

  private static Finding clock(HostProbe host) {
    Duration ahead = Duration.ofMillis(host.getClockAheadMillis());
    String said =
        "the clock of %s is %d s %s that of this node"
            .formatted(
                name(host), ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of");
    if (ahead.abs().compareTo(SKEW) <= 0) {
      return Finding.ok("clock.skew", said);
    }
    return new Finding(
        "clock.skew",
        ahead.abs().compareTo(GREAT_SKEW) > 0 ? Finding.Level.WRONG : Finding.Level.WARNING,
        said + ": tokens, signed links and certificates are taken for expired",
        List.of(
            "timedatectl set-ntp true",
            "chronyc makestep, or: systemctl restart systemd-timesyncd"));
  }

  private Finding index() {
    String check = "image.index";
    if (!told.hasExplanation()) {
      return told.getHostsList().stream().anyMatch(host -> !host.getFailure().isEmpty())
          ? Finding.skipped(check, "not looked for: " + told.getExplanationError())
          : Finding.wrong(
              check, told.getExplanationError(), "thaw explain " + image + " tells more");
    }
    ExplainResponse explained = told.getExplanation();
    if (explained.getMode() == Mode.LAZY) {
      return Finding.ok(check, "%s would be lazy: %s".formatted(image, explained.getReason()));
    }
    return new Finding(
        check,
        Finding.Level.WARNING,
        "%s would not be lazy: %s".formatted(image, explained.getReason()),
        explained.getAdviceList());
  }
}
