package io.thaw.cli;

import io.thaw.index.oci.GoJson;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The version of this build, from the jar's manifest.
final class Version implements IVersionProvider {
  /// The version of SOCI whose command line this is. nerdctl refuses `convert` below 0.10.0.
  static final String SOCI = "0.12.0";

  private @Spec CommandSpec spec = CommandSpec.create();

  static String number() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "0.1.0-SNAPSHOT" : version;
  }

  static String text(Program program) {
    return switch (program) {
      case THAW ->
          "thaw " + number() + " (zTOC 0.9, SOCI index v1 and v2, Java " + Runtime.version() + ")";
      // Its readers take the first three numbers with dots between them.
      case SOCI -> "soci version v" + SOCI + " thaw-" + number();
    };
  }

  static String json() {
    return new GoJson()
        .open()
        .string("version", number())
        .string("ztocVersion", "0.9")
        .string("sociCompatible", SOCI)
        .string("java", Runtime.version().toString())
        .close()
        .toString();
  }

  @Override
  public String[] getVersion() {
    return new String[] {text(Shell.of(spec).program())};
  }
}
