package io.thaw.cli.doctor;

import io.thaw.cli.doctor.Host.FileFacts;
import io.thaw.config.Config;
import io.thaw.config.ConfigException;
import io.thaw.config.ConfigWarning;
import io.thaw.proto.control.v1.DiagnoseResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The daemon: its configuration, its socket, and whether it answers.
final class DaemonCheck {
  private static final int OF_OTHERS = 077;

  private final Host host;
  private final Path socket;

  DaemonCheck(Host host, Path socket) {
    this.host = host;
    this.socket = socket;
  }

  /// What the configuration says, with the defaults in place of one that cannot be used.
  Config config(Path file, List<Finding> findings) throws IOException {
    String check = "daemon.config";
    Optional<String> text = host.text(file);
    if (text.isEmpty()) {
      findings.add(Finding.ok(check, "there is no %s: defaults apply".formatted(file)));
      return Config.defaults();
    }
    try {
      Config config = Config.parse(file.toString(), text.get());
      List<ConfigWarning> warnings = config.warnings();
      findings.add(
          warnings.isEmpty()
              ? Finding.ok(check, file + " is valid")
              : Finding.warning(
                  check,
                  "%s, and %d more"
                      .formatted(warnings.getFirst(), warnings.size() - 1)
                      .replace(", and 0 more", ""),
                  "thaw config check " + file));
      return config;
    } catch (ConfigException e) {
      findings.add(
          Finding.wrong(
              check,
              "thawd does not start with its configuration: " + e.getMessage(),
              "correct the line, then: thaw config check " + file,
              "systemctl restart thawd"));
      return Config.defaults();
    }
  }

  /// Who may talk to the daemon.
  Finding socket() throws IOException {
    String check = "daemon.socket";
    Optional<FileFacts> found = host.file(socket);
    if (found.isEmpty()) {
      return Finding.wrong(
          check,
          "there is no socket " + socket,
          "systemctl enable --now thawd",
          "journalctl -u thawd -n 50: why it ended",
          "if thawd listens elsewhere, name its socket with --daemon");
    }
    FileFacts facts = found.get();
    String said =
        "%s: owner %d:%d, mode %04o"
            .formatted(socket, facts.owner(), facts.group(), facts.permissions());
    if (facts.kind() != FileFacts.Kind.SOCKET) {
      return Finding.wrong(
          check, socket + " is no socket", "rm " + socket, "systemctl restart thawd");
    }
    if (facts.owner() != 0 || (facts.permissions() & OF_OTHERS) != 0) {
      return Finding.wrong(
          check,
          said + ": others than root may use it, and with it mount file systems on this host",
          "chown root:root %s && chmod 0600 %s".formatted(socket, socket),
          "if it comes back, SocketMode=0600 in thawd.socket (systemctl cat thawd.socket)");
    }
    return Finding.ok(check, said);
  }

  /// What a daemon that answers says of itself.
  ///
  /// @param version of this command
  static Finding answers(DiagnoseResponse answer, String version) {
    String theirs = answer.getDaemon().getVersion();
    String said =
        "thawd %s answers (process %d, since %s, root %s)"
            .formatted(
                theirs,
                answer.getDaemon().getPid(),
                Instant.ofEpochSecond(0, answer.getDaemon().getStartedNanos())
                    .truncatedTo(ChronoUnit.SECONDS),
                answer.getRoot());
    return theirs.equals(version)
        ? Finding.ok("daemon.answers", said)
        : Finding.warning(
            "daemon.answers",
            said + ", but thaw is " + version,
            "systemctl restart thawd: the installed version begins to run; containers go on meanwhile");
  }

  static Finding silent(IOException failure) {
    List<String> remedy = new ArrayList<>();
    remedy.add("systemctl start thawd");
    remedy.add("journalctl -u thawd -n 50: why it ended");
    return new Finding(
        "daemon.answers", Finding.Level.WRONG, String.valueOf(failure.getMessage()), remedy);
  }
}
