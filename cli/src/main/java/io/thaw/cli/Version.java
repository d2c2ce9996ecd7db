package io.thaw.cli;

import picocli.CommandLine.IVersionProvider;

/// The version of this build, from the jar's manifest.
final class Version implements IVersionProvider {

  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return "thaw "
        + (version == null ? "0.1.0-SNAPSHOT" : version)
        + " (zTOC 0.9, SOCI index v1 and v2, Java "
        + Runtime.version()
        + ")";
  }

  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }
}
