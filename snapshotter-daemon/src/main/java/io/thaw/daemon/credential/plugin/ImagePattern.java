package io.thaw.daemon.credential.plugin;

import io.thaw.registry.Repository;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// A pattern for images as the kubelet has it: `HOST[:PORT][/PATH]`. In the host, `*` stands for
/// anything within one of the parts between dots; hosts have as many parts as the pattern. The port
/// must be the pattern's, or absent in both. The image's path must begin with the pattern's.
///
/// @param host one expression for each part
/// @param port empty for none
/// @param path without a slash at either end; empty for any
public record ImagePattern(List<Pattern> host, String port, String path) {

  private static final int MAX_LENGTH = 1_000;

  public ImagePattern {
    host = List.copyOf(host);
  }

  /// Reads a pattern; a scheme in front of it does not count.
  ///
  /// @throws IllegalArgumentException if the text is no pattern
  public static ImagePattern of(String text) {
    String rest = text.replaceFirst("^https?://", "");
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    String path = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
    if (authority.isEmpty() || text.length() > MAX_LENGTH || path.indexOf('*') >= 0) {
      throw new IllegalArgumentException(
          "expected HOST[:PORT][/PATH] with * in the host only, found \"" + text + "\"");
    }
    int colon = authority.lastIndexOf(':');
    String name = colon < 0 ? authority : authority.substring(0, colon);
    String port = colon < 0 ? "" : authority.substring(colon + 1);
    return new ImagePattern(
        List.of(name.toLowerCase(Locale.ROOT).split("\\.", -1)).stream()
            .map(ImagePattern::part)
            .toList(),
        port,
        // The path of Docker's own address says nothing about images.
        name.equals("index.docker.io") && path.equals("v1") ? "" : path);
  }

  private static Pattern part(String glob) {
    StringBuilder expression = new StringBuilder();
    for (String literal : glob.split("\\*", -1)) {
      expression.append(expression.isEmpty() ? "" : ".*").append(Pattern.quote(literal));
    }
    return Pattern.compile(expression.toString());
  }

  /// Whether the pattern is for this repository.
  public boolean matches(Repository repository) {
    if (repository.host().equals("docker.io")) {
      return matches("docker.io", repository.path())
          || matches("index.docker.io", repository.path());
    }
    return matches(repository.host(), repository.path());
  }

  private boolean matches(String authority, String image) {
    int colon = authority.lastIndexOf(':');
    String name = colon < 0 ? authority : authority.substring(0, colon);
    String[] parts = name.toLowerCase(Locale.ROOT).split("\\.", -1);
    if (!port.equals(colon < 0 ? "" : authority.substring(colon + 1))
        || parts.length != host.size()
        || !image.startsWith(path)) {
      return false;
    }
    for (int i = 0; i < parts.length; i++) {
      if (!host.get(i).matcher(parts[i]).matches()) {
        return false;
      }
    }
    return true;
  }
}
