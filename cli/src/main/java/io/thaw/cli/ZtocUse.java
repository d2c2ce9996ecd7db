package io.thaw.cli;

import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Opens the zTOC a command was given, and closes all that this took.
final class ZtocUse {
  private ZtocUse() {}

  /// What is done with a zTOC.
  @FunctionalInterface
  interface Use {
    void with(ZtocArgument argument, Ztoc ztoc) throws IOException;
  }

  static void with(CommandSpec spec, Connections connections, String argument, Use use)
      throws IOException {
    if (!ZtocArgument.isDigest(argument)) {
      use(ZtocArgument.of(Path.of(argument)), use);
      return;
    }
    Digest digest;
    try {
      digest = Digest.parse(argument);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    try (Artifacts artifacts = connections.artifacts()) {
      use(ZtocArgument.of(Shell.of(spec), artifacts, digest), use);
    }
  }

  private static void use(ZtocArgument argument, Use use) throws IOException {
    try (Ztoc ztoc = argument.open()) {
      use.with(argument, ztoc);
    }
  }
}
