package io.thaw.registry;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Image reference, read by Docker's rules: `alpine` is `docker.io/library/alpine:latest`.
///
/// The first component is a host when it has a dot, a colon or an upper-case letter, or is
/// `localhost`. A reference may carry a tag, a digest, or both; with both, the digest decides
/// what is pulled. Without either the tag is `latest`.
///
/// @param repository where the image is
/// @param tag the tag, or null when only a digest is given
/// @param digest the digest, or null when only a tag is given
public record Reference(Repository repository, @Nullable String tag, @Nullable Digest digest) {

  private static final int MAX_LENGTH = 255 + 1 + 128 + 1 + 135;
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern BARE_ID = Pattern.compile("[0-9a-f]{64}");
  private static final String DOCKER_HUB = "docker.io";

  public Reference {
    if (tag == null && digest == null) {
      throw new IllegalArgumentException("reference to " + repository + " has no tag, no digest");
    }
    if (tag != null) {
      checkTag(tag);
    }
  }

  /// Parses a reference as a user writes it.
  ///
  /// @throws IllegalArgumentException with the offending part, when the text is no reference
  public static Reference parse(String text) {
    try {
      return parseParts(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "invalid image reference " + Texts.quoted(text) + ": " + e.getMessage(), e);
    }
  }

  private static Reference parseParts(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("it must have 1 to " + MAX_LENGTH + " characters");
    }
    if (text.contains("://")) {
      throw new IllegalArgumentException("it must not start with a scheme such as https://");
    }
    String rest = text;
    Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Digest.parse(rest.substring(at + 1));
      rest = rest.substring(0, at);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      checkTag(tag);
      rest = rest.substring(0, colon);
    }
    Repository repository = parseRepository(rest);
    return new Reference(repository, tag == null && digest == null ? "latest" : tag, digest);
  }

  /// Parses a name without tag or digest, by the same rules for the host.
  ///
  /// @throws IllegalArgumentException when the text is no repository name
  public static Repository parseRepository(String name) {
    if (BARE_ID.matcher(name).matches()) {
      throw new IllegalArgumentException("it is an image id, not a name");
    }
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    if (!isHost(first)) {
      return new Repository(DOCKER_HUB, slash < 0 ? "library/" + name : name);
    }
    String path = name.substring(slash + 1);
    if (first.equals(DOCKER_HUB) || first.equals("index.docker.io")) {
      return new Repository(DOCKER_HUB, path.contains("/") ? path : "library/" + path);
    }
    return new Repository(first, path);
  }

  /// What the registry is asked for: the digest when there is one, else the tag.
  public String identifier() {
    return digest != null ? digest.toString() : String.valueOf(tag);
  }

  @Override
  public String toString() {
    return repository + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  /// Fails unless the text can be a tag.
  static void checkTag(String tag) {
    if (!TAG.matcher(tag).matches()) {
      throw new IllegalArgumentException(
          "invalid tag "
              + Texts.quoted(tag)
              + ": up to 128 letters, digits, '_', '.', '-', not starting with '.' or '-'");
    }
  }

  private static boolean isHost(String first) {
    return first.equals("localhost")
        || first.indexOf('.') >= 0
        || first.indexOf(':') >= 0
        || first.chars().anyMatch(Character::isUpperCase);
  }
}
