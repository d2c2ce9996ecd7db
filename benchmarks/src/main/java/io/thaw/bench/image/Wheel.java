package io.thaw.bench.image;

import java.util.Locale;

/// A Python package in one version, as pip writes it: `numpy==2.4.1`.
record Wheel(String name, String version) {
  static Wheel parse(String text) {
    int at = text.indexOf("==");
    if (at < 1) {
      throw new IllegalArgumentException("A wheel is NAME==VERSION, not " + text);
    }
    return new Wheel(text.substring(0, at), text.substring(at + 2));
  }

  /// How its files' names begin, up to the version: PEP 427's form of the name.
  String fileNamePrefix() {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "_") + "-";
  }

  @Override
  public String toString() {
    return name + "==" + version;
  }
}
