package io.thaw.registry;

import java.net.URI;

/// Makes text from outside fit for messages and logs: short, printable, without secrets.
final class Texts {

  private static final int MAX_SHOWN = 120;

  private Texts() {}

  /// The text in quotes, cut to a bounded length, with control characters replaced.
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    int length = Math.min(text.length(), MAX_SHOWN);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      out.append(c < ' ' || c > '~' ? '?' : c);
    }
    return out.append(text.length() > MAX_SHOWN ? "…\"" : "\"").toString();
  }

  /// The address without user info, query and fragment: signed storage URLs carry their signature
  /// in the query.
  static String shown(URI uri) {
    String path = uri.getRawPath();
    return uri.getScheme() + "://" + authority(uri) + (path == null ? "" : path);
  }

  /// `host` or `host:port` of an address, as registries are named in references.
  static String authority(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost();
    return uri.getPort() < 0 ? host : host + ":" + uri.getPort();
  }
}
