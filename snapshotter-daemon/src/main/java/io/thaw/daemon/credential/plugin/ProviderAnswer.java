package io.thaw.daemon.credential.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import io.thaw.registry.hosts.GoDurations;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a provider answered.
///
/// @param key what the answer is good for
/// @param cacheDuration how long; null for the provider's default
/// @param logins in the order they are tried
record ProviderAnswer(Key key, @Nullable Duration cacheDuration, List<Login> logins) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_LOGINS = 1_000;

  /// What an answer is good for.
  enum Key {
    IMAGE,
    REGISTRY,
    GLOBAL;

    String of(Repository repository) {
      return switch (this) {
        case IMAGE -> repository.toString();
        case REGISTRY -> repository.host();
        case GLOBAL -> "*";
      };
    }
  }

  /// Credentials for the images of a pattern.
  record Login(ImagePattern images, Credentials credentials) {}

  /// @throws IOException if it is no answer; the message shows nothing of it
  @SuppressWarnings("UnusedException") // the cause would quote what was read
  static ProviderAnswer read(byte[] bytes, String apiVersion) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(bytes);
    } catch (IOException e) {
      throw new IOException("it printed no JSON");
    }
    if (root == null
        || !root.path("kind").asText("").equals("CredentialProviderResponse")
        || !root.path("apiVersion").asText("").equals(apiVersion)) {
      throw new IOException("it printed no CredentialProviderResponse of " + apiVersion);
    }
    Duration duration = null;
    if (root.hasNonNull("cacheDuration")) {
      duration = GoDurations.parse(root.path("cacheDuration").asText(""));
      if (duration == null) {
        throw new IOException("its cacheDuration is no duration");
      }
    }
    return new ProviderAnswer(key(root.path("cacheKeyType").asText("")), duration, logins(root));
  }

  private static Key key(String name) throws IOException {
    return switch (name) {
      case "Image" -> Key.IMAGE;
      case "Registry" -> Key.REGISTRY;
      case "Global" -> Key.GLOBAL;
      default -> throw new IOException("its cacheKeyType is not Image, Registry or Global");
    };
  }

  /// The more exact pattern goes first: of two that match, the longer one.
  @SuppressWarnings("UnusedException") // the cause would quote what was read
  private static List<Login> logins(JsonNode root) throws IOException {
    List<String> patterns = new ArrayList<>();
    root.path("auth").fieldNames().forEachRemaining(patterns::add);
    if (patterns.size() > MAX_LOGINS) {
      throw new IOException("it printed more than " + MAX_LOGINS + " logins");
    }
    patterns.sort(Comparator.comparingInt(String::length).reversed());
    List<Login> logins = new ArrayList<>();
    for (String pattern : patterns) {
      JsonNode login = root.path("auth").path(pattern);
      try {
        logins.add(
            new Login(
                ImagePattern.of(pattern),
                new Credentials.Basic(
                    login.path("username").asText(""), login.path("password").asText(""))));
      } catch (IllegalArgumentException e) {
        throw new IOException("one of its logins is for no image");
      }
    }
    return logins;
  }

  /// The first login for the repository that was not refused.
  Optional<Credentials> find(Repository repository, Set<Credentials> refused) {
    return logins.stream()
        .filter(login -> login.images().matches(repository))
        .map(Login::credentials)
        .filter(credentials -> !refused.contains(credentials))
        .findFirst();
  }
}
