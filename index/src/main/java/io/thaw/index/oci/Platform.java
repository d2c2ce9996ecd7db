package io.thaw.index.oci;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What an image runs on, with the fields and names of the OCI image specification.
public record Platform(
    String architecture,
    String os,
    Optional<String> osVersion,
    List<String> osFeatures,
    Optional<String> variant) {

  public Platform {
    osFeatures = List.copyOf(osFeatures);
  }

  public static Platform of(String os, String architecture) {
    return new Platform(architecture, os, Optional.empty(), List.of(), Optional.empty());
  }

  /// The platform of the machine this process runs on.
  public static Platform host() {
    String os = System.getProperty("os.name", "linux").toLowerCase(Locale.ROOT);
    return of(os.contains("linux") ? "linux" : os, System.getProperty("os.arch", "amd64"))
        .normalized();
  }

  /// Parses `os/architecture[/variant]`.
  ///
  /// @throws IllegalArgumentException if the text has another shape
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3 || List.of(parts).contains("")) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a platform; write os/architecture, for example linux/arm64");
    }
    Optional<String> variant = parts.length == 3 ? Optional.of(parts[2]) : Optional.empty();
    return new Platform(parts[1], parts[0], Optional.empty(), List.of(), variant).normalized();
  }

  /// The same platform under the names the Go tools agree on: `amd64`, not `x86_64`; no `v8` on
  /// arm64.
  public Platform normalized() {
    String machine = architecture.toLowerCase(Locale.ROOT);
    String kind = variant.orElse("").toLowerCase(Locale.ROOT);
    switch (machine) {
      case "i386" -> {
        machine = "386";
        kind = "";
      }
      case "x86_64", "x86-64", "amd64" -> {
        machine = "amd64";
        kind = kind.equals("v1") ? "" : kind;
      }
      case "aarch64", "arm64" -> {
        machine = "arm64";
        kind = kind.equals("8") || kind.equals("v8") ? "" : kind;
      }
      case "armhf" -> {
        machine = "arm";
        kind = "v7";
      }
      case "armel" -> {
        machine = "arm";
        kind = "v6";
      }
      case "arm" -> kind = kind.isEmpty() || kind.equals("7") ? "v7" : digitToVariant(kind);
      default -> {}
    }
    String system =
        os.toLowerCase(Locale.ROOT).equals("macos") ? "darwin" : os.toLowerCase(Locale.ROOT);
    return new Platform(
        machine,
        system,
        osVersion,
        osFeatures,
        kind.isEmpty() ? Optional.empty() : Optional.of(kind));
  }

  /// Whether an image for this platform is the one meant by `wanted`; the variant counts, versions
  /// do not.
  public boolean matches(Platform wanted) {
    Platform mine = normalized();
    Platform other = wanted.normalized();
    return mine.os.equals(other.os)
        && mine.architecture.equals(other.architecture)
        && mine.variant.equals(other.variant);
  }

  private static String digitToVariant(String kind) {
    return kind.equals("5") || kind.equals("6") || kind.equals("8") ? "v" + kind : kind;
  }

  @Override
  public String toString() {
    return os + "/" + architecture + variant.map(v -> "/" + v).orElse("");
  }
}
