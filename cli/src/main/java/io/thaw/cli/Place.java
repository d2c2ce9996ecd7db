package io.thaw.cli;

import io.thaw.registry.Reference;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Where an image is or shall be, as an argument says it.
sealed interface Place {
  /// What an argument begins with that names an image in a registry.
  String REGISTRY_PREFIX = "registry://";

  /// An OCI image layout in files.
  record Layout(Path path) implements Place {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /// An image in a registry.
  record Registry(Reference reference) implements Place {
    @Override
    public String toString() {
      return reference.toString();
    }
  }

  /// An image in containerd's store.
  record Containerd(String name) implements Place {
    @Override
    public String toString() {
      return name;
    }
  }

  /// Reads an argument.
  ///
  /// @param standalone whether containerd must not be used, so that other names are paths
  static Place parse(CommandSpec spec, String argument, boolean standalone) {
    if (argument.startsWith(REGISTRY_PREFIX)) {
      return new Registry(reference(spec, argument));
    }
    if (argument.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "an empty argument names no image");
    }
    return standalone ? new Layout(Path.of(argument)) : new Containerd(argument);
  }

  /// The image reference of an argument, with or without `registry://`.
  static Reference reference(CommandSpec spec, String argument) {
    try {
      return Reference.parse(withoutPrefix(argument));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// The registry this place is in.
  default Optional<String> registryHost() {
    return this instanceof Registry registry
        ? Optional.of(registry.reference().repository().host())
        : Optional.empty();
  }

  /// An image's name in full, so that two ways to write it are equal; what is no name stays.
  static String fullName(String name) {
    try {
      return Reference.parse(withoutPrefix(name)).toString();
    } catch (IllegalArgumentException e) {
      return name;
    }
  }

  private static String withoutPrefix(String argument) {
    return argument.startsWith(REGISTRY_PREFIX)
        ? argument.substring(REGISTRY_PREFIX.length())
        : argument;
  }
}
