package io.thaw.registry;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/// A repository: the registry's host as references name it, and the path of the image within it.
///
/// @param host `host`, `host:port`, `[v6]` or `[v6]:port`; Docker Hub is always `docker.io`
/// @param path lower-case path of the repository, such as `library/alpine`
public record Repository(String host, String path) {

  private static final int MAX_NAME = 255;
  private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
  private static final Pattern HOST =
      Pattern.compile(
          "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:.]{2,45}\\])(?::([0-9]{1,5}))?");
  private static final Pattern PATH_COMPONENT =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");

  public Repository {
    checkHost(host);
    checkPath(path);
    if (host.length() + 1 + path.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "repository name is longer than " + MAX_NAME + " characters");
    }
  }

  private static void checkHost(String host) {
    var matcher = HOST.matcher(host);
    if (host.length() > MAX_NAME || !matcher.matches() || !addressable(host)) {
      throw new IllegalArgumentException("not a registry host: " + Texts.quoted(host));
    }
    String port = matcher.group(1);
    if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65535)) {
      throw new IllegalArgumentException(
          "port of registry host " + host + " is not between 1 and 65535");
    }
  }

  /// Whether the name can stand in an address; such as 1.2.3.999 cannot.
  private static boolean addressable(String host) {
    try {
      return new URI("https://" + host).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static void checkPath(String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("repository path is empty");
    }
    if (path.length() > MAX_NAME) {
      throw new IllegalArgumentException(
          "repository path is longer than " + MAX_NAME + " characters");
    }
    for (String component : path.split("/", -1)) {
      if (!PATH_COMPONENT.matcher(component).matches()) {
        throw new IllegalArgumentException(
            "repository path "
                + Texts.quoted(path)
                + " has the invalid component "
                + Texts.quoted(component)
                + ": lower-case letters, digits and single separators are allowed");
      }
    }
  }

  @Override
  public String toString() {
    return host + "/" + path;
  }
}
