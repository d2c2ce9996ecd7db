package io.thaw.daemon.layer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What the store remembers of a layer: the content of `layer.json`.
///
/// @param blob the layer's stored bytes
/// @param ztocDigest digest of its zTOC; null if it was unpacked at once
/// @param settled usage of the complete tree; null while the layer fills
/// @param unsyncedBoot the boot of the host in which a complete tree was written that may not have
///     reached the disk; null if it has
/// @param evicted whether it was emptied to make room, and has not been used since
record LayerRecord(
    LayerBlob blob,
    @Nullable Digest ztocDigest,
    @Nullable LayerUsage settled,
    @Nullable String unsyncedBoot,
    boolean evicted) {
  private static final int VERSION = 1;
  private static final long MAX_BYTES = 1 << 16;
  private static final ObjectMapper JSON = new ObjectMapper();

  LayerRecord(
      LayerBlob blob,
      @Nullable Digest ztocDigest,
      @Nullable LayerUsage settled,
      @Nullable String unsyncedBoot) {
    this(blob, ztocDigest, settled, unsyncedBoot, false);
  }

  LayerRecord settledWith(LayerUsage usage) {
    return new LayerRecord(blob, ztocDigest, usage, null);
  }

  /// The same, now that the tree has reached the disk.
  LayerRecord synced() {
    return new LayerRecord(blob, ztocDigest, settled, null);
  }

  LayerRecord emptied(boolean toMakeRoom) {
    return new LayerRecord(blob, ztocDigest, null, null, toMakeRoom);
  }

  /// Reads a record.
  ///
  /// @throws IOException if it is absent or not a record of this version
  static LayerRecord read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(
          file + " has " + Files.size(file) + " bytes, more than a record can have");
    }
    JsonNode json = JSON.readTree(Files.readAllBytes(file));
    if (json.path("version").asInt() != VERSION) {
      throw new IOException(
          file + " has the version " + json.path("version") + ", this daemon knows " + VERSION);
    }
    try {
      LayerBlob blob =
          new LayerBlob(
              Digest.parse(text(json, "digest")),
              json.path("sizeBytes").asLong(),
              new Repository(text(json, "host"), text(json, "repository")));
      Digest ztoc = json.has("ztocDigest") ? Digest.parse(text(json, "ztocDigest")) : null;
      JsonNode settled = json.path("settled");
      LayerUsage usage =
          settled.isObject()
              ? new LayerUsage(settled.path("sizeBytes").asLong(), settled.path("inodes").asLong())
              : null;
      String boot = json.has("unsyncedBoot") ? text(json, "unsyncedBoot") : null;
      return new LayerRecord(blob, ztoc, usage, boot, json.path("evicted").asBoolean());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not the record of a layer: " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("the field " + field + " is missing");
    }
    return value.asText();
  }

  /// Writes the record so that it is there wholly or not at all; also after a crash of the host,
  /// unless it speaks of a tree that a crash may take as well.
  void write(Path file) throws IOException {
    byte[] content = content();
    if (unsyncedBoot == null) {
      DurableFiles.replace(file, content);
    } else {
      DurableFiles.replaceSoon(file, content);
    }
  }

  private byte[] content() throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("digest", blob.digest().toString());
    json.put("sizeBytes", blob.sizeBytes());
    json.put("host", blob.repository().host());
    json.put("repository", blob.repository().path());
    if (ztocDigest != null) {
      json.put("ztocDigest", ztocDigest.toString());
    }
    if (settled != null) {
      json.putObject("settled")
          .put("sizeBytes", settled.sizeBytes())
          .put("inodes", settled.inodes());
    }
    if (unsyncedBoot != null) {
      json.put("unsyncedBoot", unsyncedBoot);
    }
    if (evicted) {
      json.put("evicted", true);
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
  }
}
