package io.thaw.config;

/// Where a server listens.
///
/// @param host a name or an IP address, without brackets
/// @param port 0 takes a free one
public record ListenAddress(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /// Reads `host:port`; an IPv6 address is in brackets.
  ///
  /// @throws IllegalArgumentException if the text is something else
  public static ListenAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(colon, 0));
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException("put an IPv6 address in brackets, as in [::1]:8417");
    }
    String port = text.substring(colon + 1);
    if (host.isBlank() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT) {
      throw new IllegalArgumentException("expected host:port, as in 127.0.0.1:8417");
    }
    return new ListenAddress(host, Integer.parseInt(port));
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
