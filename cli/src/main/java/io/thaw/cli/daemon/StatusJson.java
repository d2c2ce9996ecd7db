package io.thaw.cli.daemon;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.proto.control.v1.DiskLevel;
import io.thaw.proto.control.v1.DiskStatus;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.ImageLayer;
import io.thaw.proto.control.v1.ImageStatus;
import io.thaw.proto.control.v1.IndexUse;
import io.thaw.proto.control.v1.LayerPlan;
import io.thaw.proto.control.v1.LayerStatus;
import io.thaw.proto.control.v1.Mode;
import io.thaw.proto.control.v1.PinStatus;
import io.thaw.proto.control.v1.PrewarmLayer;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.proto.control.v1.StatusResponse;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What the daemon tells as JSON for scripts. Names are only ever added; times are RFC 3339, sizes
/// bytes.
final class StatusJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StatusJson() {}

  static ObjectNode status(StatusResponse status) {
    ObjectNode root = JSON.createObjectNode();
    root.putObject("daemon")
        .put("version", status.getDaemon().getVersion())
        .put("started", time(status.getDaemon().getStartedNanos()))
        .put("pid", status.getDaemon().getPid());
    Map<String, LayerStatus> layers = new HashMap<>();
    status.getLayersList().forEach(layer -> layers.put(layer.getDigest(), layer));
    ArrayNode images = root.putArray("images");
    status.getImagesList().forEach(image -> images.add(image(image, layers)));
    ArrayNode all = root.putArray("layers");
    status.getLayersList().forEach(layer -> all.add(layer(layer)));
    ArrayNode pins = root.putArray("prewarmed");
    status.getPinsList().forEach(pin -> pins.add(pin(pin)));
    root.set("disk", disk(status.getDisk()));
    root.putObject("traffic")
        .put("fetchedBytes", status.getTraffic().getFetchedBytes())
        .put("bytesPerSecond", status.getTraffic().getBytesPerSecond())
        .put("waits", status.getTraffic().getWaits())
        .put("failedWaits", status.getTraffic().getFailedWaits())
        .put("failedTransfers", status.getTraffic().getFailedTransfers())
        .put("digestMismatches", status.getTraffic().getDigestMismatches());
    return root;
  }

  private static ObjectNode disk(DiskStatus disk) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("root", disk.getRoot())
            .put("totalBytes", disk.getTotalBytes())
            .put("freeBytes", disk.getFreeBytes())
            .put("freeInodes", disk.getFreeInodes())
            .put("layersBytes", disk.getLayersBytes())
            .put("level", level(disk.getLevel()))
            .put("reason", disk.getReason())
            .put("meaning", disk.getMeaning())
            .put("since", time(disk.getSinceNanos()))
            .put("memoryBytes", disk.getMemoryBytes())
            .put("maxBytes", disk.getMaxBytes())
            .put("evictions", disk.getEvictions())
            .put("evictedBytes", disk.getEvictedBytes());
    if (!disk.getAboveBound().isEmpty()) {
      node.put("aboveBound", disk.getAboveBound());
    }
    return node;
  }

  private static String level(DiskLevel level) {
    return switch (level) {
      case NORMAL -> "normal";
      case LOW -> "low";
      case DISK_FULL -> "full";
      case DISK_LEVEL_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  private static ObjectNode image(ImageStatus image, Map<String, LayerStatus> layers) {
    ObjectNode node = JSON.createObjectNode();
    node.put("image", image.getReference())
        .put("manifest", image.getManifestDigest())
        .put("mode", mode(image.getMode()))
        .put("reason", image.getReason());
    node.set("index", index(image.getIndex()));
    long bytes = 0;
    long present = 0;
    boolean settled = image.getLayersCount() > 0;
    ArrayNode own = node.putArray("layers");
    for (ImageLayer layer : image.getLayersList()) {
      LayerStatus here = layers.get(layer.getDigest());
      own.addObject()
          .put("digest", layer.getDigest())
          .put("mode", mode(layer.getMode()))
          .put("reason", layer.getReason())
          .put("snapshot", layer.getSnapshot())
          .put("at", time(layer.getAtNanos()))
          .set("index", index(layer.getIndex()));
      bytes += here == null ? 0 : here.getBytes();
      present += here == null ? 0 : here.getBytesPresent();
      settled &= here != null && here.getSettled();
    }
    return node.put("bytes", bytes)
        .put("bytesPresent", present)
        .put("filledPercent", bytes == 0 ? 0 : StatusText.percent(present, bytes))
        .put("settled", settled)
        .put("pulled", time(image.getPulledNanos()));
  }

  private static ObjectNode layer(LayerStatus layer) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("digest", layer.getDigest())
            .put("number", layer.getNumber())
            .put("mode", mode(layer.getMode()))
            .put("settled", layer.getSettled())
            .put("spans", layer.getSpans())
            .put("spansPresent", layer.getSpansPresent())
            .put("bytes", layer.getBytes())
            .put("bytesPresent", layer.getBytesPresent())
            .put("filledPercent", StatusText.percent(layer.getBytesPresent(), layer.getBytes()))
            .put("diskBytes", layer.getDiskBytes())
            .put("bytesPerSecond", layer.getBytesPerSecond())
            .put("repository", layer.getRepository())
            .put("failures", layer.getFailures());
    if (layer.getEtaMillis() >= 0) {
      node.put("etaMillis", layer.getEtaMillis());
    }
    if (layer.getFailures() > 0) {
      node.put("lastError", layer.getLastError())
          .put("lastErrorAt", time(layer.getLastErrorNanos()));
    }
    if (layer.hasEmptied()) {
      node.putObject("emptied")
          .put("at", time(layer.getEmptied().getAtNanos()))
          .put("bytes", layer.getEmptied().getBytes())
          .put("reason", layer.getEmptied().getReason());
    }
    return node;
  }

  private static ObjectNode pin(PinStatus pin) {
    return JSON.createObjectNode()
        .put("image", pin.getImage())
        .put("layer", pin.getLayerDigest())
        .put("until", pin.getUntil())
        .put("created", time(pin.getCreatedNanos()))
        .put("expires", time(pin.getExpiresNanos()));
  }

  static ObjectNode explanation(ExplainResponse told) {
    ObjectNode node =
        JSON.createObjectNode()
            .put("image", told.getReference())
            .put("manifest", told.getManifestDigest())
            .put("platform", told.getPlatform())
            .put("mode", mode(told.getMode()))
            .put("reason", told.getReason());
    node.set("index", index(told.getIndex()));
    node.put("credentials", told.getCredentials())
        .put("bytesBeforeStart", told.getBytesBeforeStart())
        .put("bytesBehind", told.getBytesBehind());
    ArrayNode layers = node.putArray("layers");
    for (LayerPlan plan : told.getLayersList()) {
      ObjectNode layer =
          layers
              .addObject()
              .put("digest", plan.getDigest())
              .put("bytes", plan.getBytes())
              .put("mode", mode(plan.getMode()))
              .put("reason", plan.getReason())
              .put("bytesPresent", plan.getBytesPresent())
              .put("settled", plan.getSettled())
              .put("prefetchArtifacts", plan.getPrefetchArtifacts());
      if (!plan.getZtocDigest().isEmpty()) {
        layer.put("ztoc", plan.getZtocDigest()).put("ztocBytes", plan.getZtocBytes());
      }
    }
    ArrayNode advice = node.putArray("advice");
    told.getAdviceList().forEach(advice::add);
    return node;
  }

  static ObjectNode prewarmed(PrewarmProgress progress) {
    ObjectNode node = JSON.createObjectNode().put("manifest", progress.getManifestDigest());
    if (progress.getDone()) {
      node.put("expires", time(progress.getExpiresNanos()));
    }
    ArrayNode layers = node.putArray("layers");
    for (PrewarmLayer layer : progress.getLayersList()) {
      layers
          .addObject()
          .put("digest", layer.getDigest())
          .put("mode", mode(layer.getMode()))
          .put("wantedBytes", layer.getWantedBytes())
          .put("presentBytes", layer.getPresentBytes())
          .put("done", layer.getDone());
    }
    return node;
  }

  private static ObjectNode index(IndexUse index) {
    return JSON.createObjectNode()
        .put("source", index.getSource())
        .put("digest", index.getDigest());
  }

  private static String mode(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).toString();
  }
}
