package io.thaw.cli.containerd;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where containerd listens, and in which of its namespaces to work.
///
/// @param socket the path of its unix socket
/// @param namespace images and blobs of one namespace are invisible in every other
/// @param timeout how long all calls together may take, counted from the connection; zero means as
///     long as it takes
public record ContainerdAddress(Path socket, String namespace, Duration timeout) {
  public static final String DEFAULT_SOCKET = "/run/containerd/containerd.sock";
  public static final String DEFAULT_NAMESPACE = "default";

  /// The longest path the kernel takes for a unix socket, in bytes.
  private static final int MAX_SOCKET_BYTES = 107;

  private static final int MAX_NAMESPACE_LENGTH = 76;
  private static final Pattern NAMESPACE =
      Pattern.compile("[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*"); // containerd's rule for identifiers

  public ContainerdAddress {
    if (socket.toString().isEmpty()
        || socket.toString().getBytes(UTF_8).length > MAX_SOCKET_BYTES) {
      throw new IllegalArgumentException(
          "containerd's address must be a path of 1 to " + MAX_SOCKET_BYTES + " bytes: " + socket);
    }
    if (namespace.length() > MAX_NAMESPACE_LENGTH || !NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "\""
              + namespace
              + "\" cannot be a containerd namespace: up to "
              + MAX_NAMESPACE_LENGTH
              + " letters and digits, with single dots, underscores and hyphens between");
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("the timeout " + timeout + " is negative");
    }
  }

  /// What the user said, else what the environment says (`CONTAINERD_ADDRESS`,
  /// `CONTAINERD_NAMESPACE`), else containerd's own defaults.
  ///
  /// @param address a path, with or without `unix://`; null or empty if the user gave none
  /// @param namespace null or empty if the user gave none
  /// @throws IllegalArgumentException if one of them cannot be right
  public static ContainerdAddress of(
      @Nullable String address,
      @Nullable String namespace,
      Duration timeout,
      Map<String, String> environment) {
    String place = first(address, environment.get("CONTAINERD_ADDRESS"), DEFAULT_SOCKET);
    if (place.startsWith("unix://")) {
      place = place.substring("unix://".length());
    } else if (place.contains("://")) {
      throw new IllegalArgumentException(
          place + " is no unix socket; containerd is reached by a path such as " + DEFAULT_SOCKET);
    }
    return new ContainerdAddress(
        Path.of(place),
        first(namespace, environment.get("CONTAINERD_NAMESPACE"), DEFAULT_NAMESPACE),
        timeout);
  }

  private static String first(@Nullable String said, @Nullable String set, String otherwise) {
    if (said != null && !said.isEmpty()) {
      return said;
    }
    return set != null && !set.isEmpty() ? set : otherwise;
  }
}
