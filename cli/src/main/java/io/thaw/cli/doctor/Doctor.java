package io.thaw.cli.doctor;

import io.thaw.config.Config;
import io.thaw.proto.control.v1.DiagnoseResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Runs all checks. What cannot be looked at is a finding, too; only an interruption ends it early.
final class Doctor {
  private final Host host;
  private final Containerd containerd;
  private final Daemon daemon;
  private final Places places;
  private final List<Finding> findings = new ArrayList<>();

  /// What is looked at.
  ///
  /// @param config the daemon's configuration
  /// @param socket the daemon's socket
  /// @param image whose registry is tried; empty for none
  /// @param version of this command
  record Places(
      Path config, Path socket, String image, String version, ContainerdCheck.Options containerd) {}

  Doctor(Host host, Containerd containerd, Daemon daemon, Places places) {
    this.host = host;
    this.containerd = containerd;
    this.daemon = daemon;
    this.places = places;
  }

  @FunctionalInterface
  private interface Check {
    void run() throws IOException;
  }

  List<Finding> find() throws InterruptedIOException {
    guarded("kernel", () -> findings.addAll(new KernelCheck(host).find()));
    DaemonCheck ofDaemon = new DaemonCheck(host, places.socket());
    Path[] root = {Config.defaults().root()};
    guarded("daemon.config", () -> root[0] = ofDaemon.config(places.config(), findings).root());
    guarded("daemon.socket", () -> findings.add(ofDaemon.socket()));
    DiagnoseResponse told = ask();
    if (told != null) {
      root[0] = Path.of(told.getRoot());
      findings.add(DaemonCheck.answers(told, places.version()));
    }
    NodeCheck node = new NodeCheck(host, root[0]);
    guarded(
        "mounts.seen",
        () ->
            findings.add(
                told == null
                    ? Finding.skipped("mounts.seen", "not looked at: thawd does not answer")
                    : node.mounts(told.getDaemon().getPid())));
    guarded("disk", () -> findings.addAll(node.disk()));
    guarded(
        "containerd",
        () ->
            findings.addAll(
                new ContainerdCheck(host, places.socket(), places.containerd()).find(containerd)));
    if (told != null) {
      RegistryCheck registry = new RegistryCheck(told, places.image());
      findings.add(registry.labels());
      if (!places.image().isEmpty()) {
        findings.addAll(registry.registry());
      }
    }
    if (places.image().isEmpty()) {
      findings.add(
          Finding.skipped(
              "registry", "no registry was tried: thaw doctor IMAGE tries that of an image"));
    } else if (told == null) {
      findings.add(Finding.skipped("registry", "not tried: thawd does not answer"));
    }
    return List.copyOf(findings);
  }

  private @Nullable DiagnoseResponse ask() throws InterruptedIOException {
    try {
      return daemon.ask(places.image());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      findings.add(DaemonCheck.silent(e));
      return null;
    }
  }

  /// A check that fails is told, and the others run.
  private void guarded(String check, Check work) throws InterruptedIOException {
    try {
      work.run();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      findings.add(Finding.skipped(check, "cannot be looked at: " + e.getMessage()));
    }
  }
}
