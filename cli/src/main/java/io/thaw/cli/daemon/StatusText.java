package io.thaw.cli.daemon;

import io.thaw.cli.options.ByteSize;
import io.thaw.cli.output.Table;
import io.thaw.proto.control.v1.DiskLevel;
import io.thaw.proto.control.v1.DiskStatus;
import io.thaw.proto.control.v1.ImageLayer;
import io.thaw.proto.control.v1.ImageStatus;
import io.thaw.proto.control.v1.LayerStatus;
import io.thaw.proto.control.v1.PinStatus;
import io.thaw.proto.control.v1.StatusResponse;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Status as tables for people.
final class StatusText {
  private static final int SHORT_DIGEST = 19;

  private final StatusResponse status;
  private final Map<String, LayerStatus> layers = new HashMap<>();

  StatusText(StatusResponse status) {
    this.status = status;
    status.getLayersList().forEach(layer -> layers.put(layer.getDigest(), layer));
  }

  void print(PrintWriter out, boolean detailed) {
    printImages(out);
    if (detailed) {
      status.getImagesList().forEach(image -> printImage(out, image));
    }
    printOthers(out);
    printErrors(out);
    printEmptied(out);
    printTotals(out);
    printDisk(out);
  }

  private void printImages(PrintWriter out) {
    if (status.getImagesCount() == 0) {
      out.println("No image was pulled through thawd.");
      return;
    }
    Table table = new Table("IMAGE", "MODE", "FILLED", "RATE", "ETA", "WHY");
    for (ImageStatus image : status.getImagesList()) {
      List<LayerStatus> own =
          image.getLayersList().stream()
              .map(layer -> layers.get(layer.getDigest()))
              .filter(layer -> layer != null)
              .toList();
      long rate = own.stream().mapToLong(LayerStatus::getBytesPerSecond).sum();
      table.row(
          image.getReference().isEmpty() ? "(unnamed)" : image.getReference(),
          text(image.getMode()),
          filled(own),
          rate(rate),
          eta(own, rate),
          image.getReason());
    }
    table.print(out);
  }

  private void printImage(PrintWriter out, ImageStatus image) {
    out.println();
    out.println(Table.printable(image.getReference()) + "  " + image.getManifestDigest());
    if (!image.getIndex().getDigest().isEmpty()) {
      out.println(
          "index " + image.getIndex().getDigest() + " (" + image.getIndex().getSource() + ")");
    } else if (!image.getIndex().getSource().isEmpty()) {
      out.println("index made on this node");
    }
    Table table = new Table("LAYER", "MODE", "FILLED", "SPANS", "DISK", "WHY");
    for (ImageLayer layer : image.getLayersList()) {
      LayerStatus here = layers.get(layer.getDigest());
      table.row(
          abbreviated(layer.getDigest()),
          here == null ? text(layer.getMode()) : state(here),
          here == null ? "-" : filled(List.of(here)),
          here == null ? "-" : here.getSpansPresent() + "/" + here.getSpans(),
          here == null ? "-" : ByteSize.text(here.getDiskBytes()),
          layer.getReason());
    }
    table.print(out);
  }

  /// Layers that belong to no image that was pulled: prewarmed ones, mostly.
  private void printOthers(PrintWriter out) {
    Set<String> known = new HashSet<>();
    status.getImagesList().forEach(i -> i.getLayersList().forEach(l -> known.add(l.getDigest())));
    Map<String, PinStatus> pins = new HashMap<>();
    status.getPinsList().forEach(pin -> pins.put(pin.getLayerDigest(), pin));
    List<LayerStatus> others =
        status.getLayersList().stream()
            .filter(
                layer -> !known.contains(layer.getDigest()) || pins.containsKey(layer.getDigest()))
            .toList();
    if (others.isEmpty()) {
      return;
    }
    out.println();
    Table table = new Table("PREWARMED LAYER", "STATE", "FILLED", "DISK", "FOR", "KEPT FOR");
    for (LayerStatus layer : others) {
      PinStatus pin = pins.get(layer.getDigest());
      table.row(
          abbreviated(layer.getDigest()),
          state(layer),
          filled(List.of(layer)),
          ByteSize.text(layer.getDiskBytes()),
          pin == null ? "-" : pin.getImage() + " (" + pin.getUntil() + ")",
          pin == null ? "-" : until(pin.getExpiresNanos()));
    }
    table.print(out);
  }

  private void printErrors(PrintWriter out) {
    for (LayerStatus layer : status.getLayersList()) {
      if (layer.getFailures() > 0) {
        out.println();
        out.println(
            "layer %s: %d transfers failed since bytes came last; the latest: %s"
                .formatted(
                    abbreviated(layer.getDigest()),
                    layer.getFailures(),
                    Table.printable(layer.getLastError())));
      }
    }
  }

  /// Layers that were emptied and are not complete again.
  private void printEmptied(PrintWriter out) {
    for (LayerStatus layer : status.getLayersList()) {
      if (layer.hasEmptied() && !layer.getSettled()) {
        out.println();
        out.println(
            "layer %s was emptied %s ago%s: %s"
                .formatted(
                    abbreviated(layer.getDigest()),
                    since(layer.getEmptied().getAtNanos()),
                    layer.getEmptied().getBytes() > 0
                        ? ", which gave back " + ByteSize.text(layer.getEmptied().getBytes())
                        : "",
                    Table.printable(layer.getEmptied().getReason())));
      }
    }
  }

  private void printDisk(PrintWriter out) {
    DiskStatus disk = status.getDisk();
    if (disk.getMaxBytes() > 0) {
      out.println(
          "layers may take %s; %d were emptied since the start, which gave back %s"
              .formatted(
                  ByteSize.text(disk.getMaxBytes()),
                  disk.getEvictions(),
                  ByteSize.text(disk.getEvictedBytes())));
    }
    if (!disk.getAboveBound().isEmpty()) {
      out.println("above that bound: " + Table.printable(disk.getAboveBound()));
    }
    if (disk.getLevel() == DiskLevel.LOW || disk.getLevel() == DiskLevel.DISK_FULL) {
      out.println(
          "the disk is %s for %s (%s): %s%s"
              .formatted(
                  disk.getLevel() == DiskLevel.LOW ? "low" : "full",
                  since(disk.getSinceNanos()),
                  Table.printable(disk.getReason()),
                  disk.getMeaning(),
                  disk.getMemoryBytes() > 0
                      ? "; memory holds " + ByteSize.text(disk.getMemoryBytes())
                      : ""));
    }
  }

  private void printTotals(PrintWriter out) {
    var disk = status.getDisk();
    var traffic = status.getTraffic();
    out.println();
    out.println(
        "%d layers, %s on disk; %s free of %s at %s"
            .formatted(
                status.getLayersCount(),
                ByteSize.text(disk.getLayersBytes()),
                ByteSize.text(disk.getFreeBytes()),
                ByteSize.text(disk.getTotalBytes()),
                disk.getRoot()));
    out.println(
        "fetched %s since the start%s; %d reads waited, %d in vain; %d transfers failed"
            .formatted(
                ByteSize.text(traffic.getFetchedBytes()),
                traffic.getBytesPerSecond() > 0 ? ", now " + rate(traffic.getBytesPerSecond()) : "",
                traffic.getWaits(),
                traffic.getFailedWaits(),
                traffic.getFailedTransfers()));
  }

  private static String state(LayerStatus layer) {
    return text(layer.getMode()) + (layer.getSettled() ? ", settled" : "");
  }

  private static String filled(List<LayerStatus> layers) {
    long bytes = layers.stream().mapToLong(LayerStatus::getBytes).sum();
    long present = layers.stream().mapToLong(LayerStatus::getBytesPresent).sum();
    return bytes == 0
        ? "-"
        : String.format(Locale.ROOT, "%d%% of %s", percent(present, bytes), ByteSize.text(bytes));
  }

  /// Rounded down, so that 100 means all.
  static int percent(long present, long bytes) {
    return bytes == 0 ? 100 : Math.toIntExact(Math.min(100, Math.floorDiv(present * 100, bytes)));
  }

  private static String rate(long bytesPerSecond) {
    return bytesPerSecond <= 0 ? "-" : ByteSize.text(bytesPerSecond) + "/s";
  }

  private static String eta(List<LayerStatus> layers, long rate) {
    long missing =
        layers.stream().mapToLong(layer -> layer.getBytes() - layer.getBytesPresent()).sum();
    return missing <= 0 || rate <= 0 ? "-" : seconds(missing / rate + 1);
  }

  private static String until(long nanos) {
    Duration left = Duration.between(Instant.now(), Instant.ofEpochSecond(0, nanos));
    return left.isNegative() ? "now" : seconds(left.toSeconds());
  }

  private static String since(long nanos) {
    Duration passed = Duration.between(Instant.ofEpochSecond(0, nanos), Instant.now());
    return seconds(Math.max(0, passed.toSeconds()));
  }

  private static String seconds(long seconds) {
    if (seconds >= 86_400) {
      return seconds / 86_400 + "d" + seconds % 86_400 / 3_600 + "h";
    }
    if (seconds >= 3_600) {
      return seconds / 3_600 + "h" + seconds % 3_600 / 60 + "m";
    }
    return seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds + "s";
  }

  private static String text(io.thaw.proto.control.v1.Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private static String abbreviated(String digest) {
    return digest.length() <= SHORT_DIGEST ? digest : digest.substring(0, SHORT_DIGEST);
  }
}
