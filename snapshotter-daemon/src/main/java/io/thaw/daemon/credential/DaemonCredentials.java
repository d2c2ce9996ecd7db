package io.thaw.daemon.credential;

import io.thaw.registry.DockerConfigCredentials;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Files in the format of docker's configuration, the first that has a login wins.
///
/// 1. `$DOCKER_CONFIG/config.json`
/// 2. `~/.docker/config.json` of the daemon's user; `/root/.docker/config.json` where a unit sets
/// no
///    `HOME`
/// 3. `/var/lib/kubelet/config.json`, where nodes of Kubernetes keep theirs
public final class DaemonCredentials {
  private static final Path KUBELET = Path.of("/var/lib/kubelet/config.json");

  private DaemonCredentials() {}

  /// The files of a process with this environment.
  public static List<CredentialSources.Named> of(Map<String, String> environment) {
    return files(environment).stream()
        .map(
            file ->
                new CredentialSources.Named(
                    "docker configuration " + file, new DockerConfigCredentials(file)))
        .toList();
  }

  static List<Path> files(Map<String, String> environment) {
    List<Path> files = new ArrayList<>();
    String configured = environment.getOrDefault("DOCKER_CONFIG", "");
    if (!configured.isEmpty()) {
      files.add(Path.of(configured).resolve("config.json"));
    }
    String home = environment.getOrDefault("HOME", "");
    files.add(Path.of(home.isEmpty() ? "/root" : home).resolve(".docker/config.json"));
    files.add(KUBELET);
    return files;
  }
}
