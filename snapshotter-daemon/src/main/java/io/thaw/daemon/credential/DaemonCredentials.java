package io.thaw.daemon.credential;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The chain of sources, first answer wins.
///
/// 1. `$DOCKER_CONFIG/config.json`
/// 2. `~/.docker/config.json` of the daemon's user; `/root/.docker/config.json` where a unit sets
/// no
///    `HOME`
/// 3. `/var/lib/kubelet/config.json`, where nodes of Kubernetes keep theirs
public final class DaemonCredentials {
  private static final Path KUBELET = Path.of("/var/lib/kubelet/config.json");

  private DaemonCredentials() {}

  /// The chain for a process with this environment.
  public static CredentialSource chain(Map<String, String> environment) {
    return CredentialSource.firstOf(
        files(environment).stream().map(DockerConfigCredentials::new).toList());
  }

  /// Where the credentials for a repository come from, for people; never a secret.
  public static String sourceOf(Map<String, String> environment, Repository repository) {
    for (Path file : files(environment)) {
      try {
        if (new DockerConfigCredentials(file).credentialsFor(repository).isPresent()) {
          return "docker configuration " + file;
        }
      } catch (IOException e) {
        return "docker configuration " + file + ", which fails: " + e.getMessage();
      }
    }
    return "none in docker's configuration: anonymous, unless another source has a login";
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
