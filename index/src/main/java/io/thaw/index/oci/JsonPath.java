package io.thaw.index.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A place in a JSON document that remembers its path, so that an error can name it.
public final class JsonPath {
  private static final int MAX_TEXT_CHARS = 256 << 10;
  private static final int MAX_MAP_ENTRIES = 1024;
  private static final int MAX_LIST_TEXTS = 256;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxStringLength(MAX_TEXT_CHARS)
                          .maxNumberLength(32)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final String path;
  private final JsonNode node;

  private JsonPath(String path, JsonNode node) {
    this.path = path;
    this.node = node;
  }

  /// Parses a whole document, which must be a JSON object of at most `maxBytes`.
  public static JsonPath parse(byte[] json, int maxBytes) throws MalformedManifestException {
    JsonNode node = tree(json, maxBytes);
    if (!node.isObject()) {
      throw new MalformedManifestException("$", node.toString(), "expected a JSON object");
    }
    return new JsonPath("$", node);
  }

  /// Parses a whole document, which must be a JSON list of at most `max` elements; gives these.
  public static List<JsonPath> parseList(byte[] json, int maxBytes, int max)
      throws MalformedManifestException {
    JsonNode node = tree(json, maxBytes);
    if (!node.isArray()) {
      throw new MalformedManifestException("$", node.toString(), "expected a JSON list");
    }
    return new JsonPath("$", node).elements(max);
  }

  private static JsonNode tree(byte[] json, int maxBytes) throws MalformedManifestException {
    if (json.length > maxBytes) {
      throw new MalformedManifestException(
          "$", json.length + " bytes long", "at most " + maxBytes + " bytes are accepted");
    }
    try {
      JsonNode node = MAPPER.readTree(json);
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      throw new MalformedManifestException("$", "not JSON", e.getOriginalMessage());
    } catch (IOException e) {
      throw new MalformedManifestException("$", "not readable", String.valueOf(e.getMessage()));
    }
  }

  public JsonPath field(String name) {
    JsonNode child = node.get(name);
    String childPath = name.indexOf('.') < 0 ? path + "." + name : path + "['" + name + "']";
    return new JsonPath(childPath, child == null ? MissingNode.getInstance() : child);
  }

  public boolean isPresent() {
    return !node.isMissingNode() && !node.isNull();
  }

  public String text() throws MalformedManifestException {
    if (!node.isTextual()) {
      throw malformed("expected a string");
    }
    return node.textValue();
  }

  public Optional<String> optionalText() throws MalformedManifestException {
    return isPresent() ? Optional.of(text()) : Optional.empty();
  }

  /// Whether `true` stands here; anything else, or nothing, is not.
  public boolean isTrue() {
    return node.isBoolean() && node.booleanValue();
  }

  public long number() throws MalformedManifestException {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw malformed("expected a whole number");
    }
    return node.longValue();
  }

  /// A number of bytes: whole and not negative.
  public long size() throws MalformedManifestException {
    long value = number();
    if (value < 0) {
      throw malformed("a size is never negative");
    }
    return value;
  }

  public Digest digest() throws MalformedManifestException {
    String text = text();
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw malformed("expected a digest such as sha256:<64 hexadecimal digits>");
    }
  }

  /// The elements of a list; none if the field is absent.
  public List<JsonPath> elements(int max) throws MalformedManifestException {
    if (!isPresent()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw malformed("expected a list");
    }
    if (node.size() > max) {
      throw new MalformedManifestException(
          path, "a list of " + node.size(), "at most " + max + " elements are accepted");
    }
    List<JsonPath> elements = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      elements.add(new JsonPath(path + "[" + i + "]", node.get(i)));
    }
    return elements;
  }

  public List<String> textList() throws MalformedManifestException {
    List<String> texts = new ArrayList<>();
    for (JsonPath element : elements(MAX_LIST_TEXTS)) {
      texts.add(element.text());
    }
    return texts;
  }

  public SortedMap<String, String> textMap() throws MalformedManifestException {
    SortedMap<String, String> map = new TreeMap<>();
    if (!isPresent()) {
      return map;
    }
    if (!node.isObject()) {
      throw malformed("expected an object of strings");
    }
    if (node.size() > MAX_MAP_ENTRIES) {
      throw new MalformedManifestException(
          path,
          "an object of " + node.size(),
          "at most " + MAX_MAP_ENTRIES + " entries are accepted");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      map.put(entry.getKey(), field(entry.getKey()).text());
    }
    return map;
  }

  /// An error about this place.
  public MalformedManifestException malformed(String reason) {
    return new MalformedManifestException(
        path, node.isMissingNode() ? "missing" : node.toString(), reason);
  }
}
