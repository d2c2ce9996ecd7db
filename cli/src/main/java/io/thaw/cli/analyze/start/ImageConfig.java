package io.thaw.cli.analyze.start;

import java.util.List;
import java.util.Optional;

/// What an image's configuration says about how a container starts.
///
/// @param environment `NAME=value` pairs
/// @param workingDirectory absolute
public record ImageConfig(
    List<String> entrypoint,
    List<String> command,
    List<String> environment,
    String workingDirectory) {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  public ImageConfig {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
  }

  /// The value of a variable.
  public Optional<String> variable(String name) {
    return environment.stream()
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .findFirst();
  }

  /// Where commands are looked for; container engines set the usual directories if the image names
  /// none.
  List<String> searchPath() {
    return List.of(variable("PATH").orElse(DEFAULT_PATH).split(":", -1));
  }

  /// What a container runs unless told otherwise.
  public List<String> defaultArguments() {
    return java.util.stream.Stream.concat(entrypoint.stream(), command.stream()).toList();
  }
}
