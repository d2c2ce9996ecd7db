package io.thaw.registry.hosts;

import java.net.URI;

/// Reads addresses of hosts as operators write them.
public final class HostAddresses {

  private static final String API = "/v2";

  private HostAddresses() {}

  /// Root of the API at an address such as `mirror:5000`, `https://mirror` or
  /// `http://mirror/prefix`.
  ///
  /// @param overridePath whether the address is the root as it stands; else `/v2` is added, unless
  ///     the path ends in it
  /// @throws IllegalArgumentException with the problem, when the text is no address
  public static URI apiRoot(String text, boolean overridePath) {
    String full = text.contains("://") ? text : "https://" + text;
    URI uri;
    try {
      uri = URI.create(full).normalize();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("it is no address", e);
    }
    String scheme = uri.getScheme();
    if (!"https".equals(scheme) && !"http".equals(scheme)) {
      throw new IllegalArgumentException("it must start with https:// or http://");
    }
    if (uri.getHost() == null || uri.getPort() > 65535) {
      throw new IllegalArgumentException("it names no host");
    }
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException("user name and password do not belong into an address");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException("it must have no query and no fragment");
    }
    String path = uri.getRawPath().replaceAll("/+$", "");
    if (!overridePath && !path.endsWith(API)) {
      path += API;
    }
    return URI.create(scheme + "://" + uri.getRawAuthority() + path);
  }
}
