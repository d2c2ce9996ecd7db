package io.thaw.daemon.credential.plugin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.thaw.registry.hosts.GoDurations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// One provider of the kubelet's `CredentialProviderConfig`.
///
/// @param name of the program in the directory of plugins
/// @param images those it has credentials for
/// @param defaultCacheDuration how long an answer is good that does not say so
/// @param apiVersion of what it reads and writes
/// @param environment added to ours
record ProviderConfig(
    String name,
    List<ImagePattern> images,
    Duration defaultCacheDuration,
    String apiVersion,
    List<String> args,
    Map<String, String> environment) {

  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_PROVIDERS = 100;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final Pattern API =
      Pattern.compile("credentialprovider\\.kubelet\\.k8s\\.io/v1(alpha1|beta1)?");

  ProviderConfig {
    images = List.copyOf(images);
    args = List.copyOf(args);
    environment = Map.copyOf(environment);
  }

  /// The providers of a file, YAML or JSON, in its order.
  ///
  /// @throws IOException if it cannot be used; the message names file and provider
  static List<ProviderConfig> read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is larger than " + MAX_BYTES + " bytes");
    }
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new IOException(file + ":" + line + ": neither YAML nor JSON", e);
    }
    JsonNode providers = root == null ? null : root.path("providers");
    if (providers == null
        || !root.path("kind").asText("").equals("CredentialProviderConfig")
        || !providers.isArray()
        || providers.size() > MAX_PROVIDERS) {
      throw new IOException(
          file + ": expected the kind CredentialProviderConfig with a list of providers");
    }
    List<ProviderConfig> all = new ArrayList<>();
    for (JsonNode provider : providers) {
      try {
        all.add(provider(provider));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ": provider " + (all.size() + 1) + ": " + e.getMessage(), e);
      }
    }
    return all;
  }

  private static ProviderConfig provider(JsonNode node) {
    String name = node.path("name").asText("");
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name: expected the name of a program");
    }
    if (node.has("tokenAttributes")) {
      throw new IllegalArgumentException(
          name
              + ": tokenAttributes: only the kubelet has service account tokens; use"
              + " cri_keychain for the credentials this provider gives it");
    }
    String api = node.path("apiVersion").asText("");
    if (!API.matcher(api).matches()) {
      throw new IllegalArgumentException(
          name + ": apiVersion: expected credentialprovider.kubelet.k8s.io/v1");
    }
    List<ImagePattern> images =
        strings(node, name, "matchImages").stream().map(ImagePattern::of).toList();
    if (images.isEmpty()) {
      throw new IllegalArgumentException(name + ": matchImages: expected at least one pattern");
    }
    Duration duration = GoDurations.parse(node.path("defaultCacheDuration").asText(""));
    if (duration == null) {
      throw new IllegalArgumentException(
          name + ": defaultCacheDuration: expected a duration such as 12h");
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (JsonNode variable : node.path("env")) {
      environment.put(variable.path("name").asText(), variable.path("value").asText());
    }
    return new ProviderConfig(
        name, images, duration, api, strings(node, name, "args"), environment);
  }

  private static List<String> strings(JsonNode node, String name, String field) {
    List<String> all = new ArrayList<>();
    for (JsonNode element : node.path(field)) {
      if (!element.isTextual()) {
        throw new IllegalArgumentException(name + ": " + field + ": expected a list of texts");
      }
      all.add(element.textValue());
    }
    return all;
  }

  @Override
  public String toString() {
    return "ProviderConfig[" + name + "]";
  }
}
