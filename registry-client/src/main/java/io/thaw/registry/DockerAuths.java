package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logins in the `auths` of docker's `config.json`, wherever such a document comes from. What
/// is broken is logged and left out; no message shows a secret.
public final class DockerAuths {

  private static final Logger log = LoggerFactory.getLogger(DockerAuths.class);

  private DockerAuths() {}

  /// One login.
  ///
  /// @param key what it is for: a host, with or without a scheme and a path
  public record Entry(String key, Credentials credentials) {}

  /// The logins of a document, in its order.
  ///
  /// @param source what messages call the document
  /// @throws IOException if it is no JSON
  public static List<Entry> read(byte[] json, String source) throws IOException {
    return read(Json.parse(json), source);
  }

  static List<Entry> read(JsonNode root, String source) {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : root.path("auths").properties()) {
      credentials(source, entry.getKey(), entry.getValue())
          .ifPresent(found -> entries.add(new Entry(entry.getKey(), found)));
    }
    return entries;
  }

  private static Optional<Credentials> credentials(String source, String key, JsonNode entry) {
    String identity = entry.path("identitytoken").asText("");
    if (!identity.isEmpty()) {
      return Optional.of(new Credentials.IdentityToken(identity));
    }
    String pair = entry.path("auth").asText("");
    if (!pair.isEmpty()) {
      Optional<Credentials> found = basic(pair);
      if (found.isEmpty()) {
        log.warn("{}: \"auth\" of {} is not base64 of user:password", source, Texts.quoted(key));
      }
      return found;
    }
    String username = entry.path("username").asText("");
    String password = entry.path("password").asText("");
    return username.isEmpty() || password.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials.Basic(username, password));
  }

  /// User name and password as many formats have them: base64 of both with a colon between; empty
  /// if it is not that.
  public static Optional<Credentials> basic(String base64) {
    String decoded;
    try {
      decoded = new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      log.debug("an \"auth\" is no base64");
      return Optional.empty();
    }
    int colon = decoded.indexOf(':');
    // Docker has padded passwords with NULs in the past and cuts them off itself.
    String password = decoded.substring(colon + 1).replaceAll("\0+$", "");
    return colon <= 0 || password.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials.Basic(decoded.substring(0, colon), password));
  }
}
