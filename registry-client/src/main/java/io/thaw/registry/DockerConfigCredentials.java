package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.registry.hosts.FileStamp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials from docker's `config.json`, as `docker login` and credential helpers leave them.
///
/// A host's helper (`credHelpers`) goes before the common one (`credsStore`), and both before the
/// file's own `auths`. The file is read again when it changes. What is broken in it is logged and
/// skipped, so that public images stay reachable.
public final class DockerConfigCredentials implements CredentialSource {

  private static final Logger log = LoggerFactory.getLogger(DockerConfigCredentials.class);
  private static final int MAX_FILE = 4 << 20;
  private static final String DOCKER_HUB = "docker.io";
  private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

  private final Path file;
  private final CredentialHelper helper;
  private volatile @Nullable Loaded loaded;

  /// The file as it was at one moment.
  private record Loaded(
      FileStamp stamp, Map<String, String> helpers, String store, Map<String, Credentials> auths) {
    @Override
    public String toString() {
      return "Loaded[" + stamp + "]";
    }
  }

  /// Credentials from the given file, which need not exist.
  public DockerConfigCredentials(Path file) {
    this(file, new CredentialHelper());
  }

  DockerConfigCredentials(Path file, CredentialHelper helper) {
    this.file = file;
    this.helper = helper;
  }

  /// Credentials from where docker keeps them: `$DOCKER_CONFIG/config.json`, else
  /// `~/.docker/config.json`.
  ///
  /// @param environment the process' environment
  public static DockerConfigCredentials standard(Map<String, String> environment) {
    String directory = environment.get("DOCKER_CONFIG");
    if (directory != null && !directory.isEmpty()) {
      return new DockerConfigCredentials(Path.of(directory, "config.json"));
    }
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", "/root"));
    return new DockerConfigCredentials(Path.of(home, ".docker", "config.json"));
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) throws IOException {
    return credentialsFor(repository, Set.of());
  }

  /// A helper that was refused makes way for the file's own entry.
  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused)
      throws IOException {
    Loaded now = current();
    if (now == null) {
      return Optional.empty();
    }
    String host = repository.host();
    String helperName = now.helpers().getOrDefault(host, now.store());
    if (!helperName.isEmpty()) {
      String key = host.equals(DOCKER_HUB) ? DOCKER_HUB_KEY : host;
      Optional<Credentials> found = helper.get(helperName, key);
      if (found.isPresent() && !refused.contains(found.get())) {
        return found;
      }
    }
    return Optional.ofNullable(now.auths().get(host)).filter(own -> !refused.contains(own));
  }

  private @Nullable Loaded current() throws IOException {
    Loaded last = loaded;
    try {
      FileStamp stamp = FileStamp.of(file);
      if (last == null || !last.stamp().equals(stamp)) {
        last = load(stamp);
        loaded = last;
      }
      return last;
    } catch (NoSuchFileException e) {
      loaded = null;
      return null;
    }
  }

  private Loaded load(FileStamp stamp) throws IOException {
    Map<String, String> helpers = new HashMap<>();
    Map<String, Credentials> auths = new HashMap<>();
    JsonNode root;
    try {
      if (stamp.sizeBytes() > MAX_FILE) {
        throw new IOException("larger than " + MAX_FILE + " bytes");
      }
      root = Json.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw e;
    } catch (IOException e) {
      log.warn("cannot use credentials of {}: {}; going on without", file, e.getMessage());
      return new Loaded(stamp, Map.of(), "", Map.of());
    }
    for (Map.Entry<String, JsonNode> entry : root.path("credHelpers").properties()) {
      helpers.put(host(entry.getKey()), entry.getValue().asText(""));
    }
    for (DockerAuths.Entry entry : DockerAuths.read(root, file.toString())) {
      auths.put(host(entry.key()), entry.credentials());
    }
    log.debug("{}: {} logins, {} helpers", file, auths.size(), helpers.size());
    return new Loaded(
        stamp, Map.copyOf(helpers), root.path("credsStore").asText(""), Map.copyOf(auths));
  }

  /// The host a key means; keys may carry a scheme and a path, and Docker Hub goes by its old
  /// address.
  private static String host(String key) {
    String rest = key.toLowerCase(Locale.ROOT);
    int scheme = rest.indexOf("://");
    rest = scheme < 0 ? rest : rest.substring(scheme + 3);
    int slash = rest.indexOf('/');
    rest = slash < 0 ? rest : rest.substring(0, slash);
    return switch (rest) {
      case "index.docker.io", "registry-1.docker.io" -> DOCKER_HUB;
      default -> rest;
    };
  }

  @Override
  public String toString() {
    return "DockerConfigCredentials[" + file + "]";
  }
}
