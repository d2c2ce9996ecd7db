package io.thaw.cli.analyze;

import io.thaw.cli.analyze.scan.Document;
import io.thaw.cli.analyze.scan.DocumentSpool;
import io.thaw.cli.analyze.scan.Executable;
import io.thaw.cli.analyze.scan.LayerContents;
import io.thaw.cli.analyze.scan.LayerReader;
import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.cli.analyze.tree.FileTable;
import io.thaw.cli.analyze.tree.ImageTree;
import io.thaw.cli.analyze.tree.LayerMerger;
import io.thaw.index.ConvertProgress;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.ztoc.Toc;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The layers of an image on their way into one tree.
///
/// Some layers are read at the same time, at most as many as there are threads beyond the one that
/// is merged next; so no more file lists than that wait in memory. Close it to drop the documents.
final class LayerStack implements Closeable {
  private final ImageSource source;
  private final AnalyzeOptions options;
  private final SpanSupply supply;
  private final ConvertProgress progress;
  private final Path scratch;
  private final LayerMerger merger = new LayerMerger();
  private final List<DocumentSpool> spools = new ArrayList<>();
  private final Map<Integer, Document> documents = new HashMap<>();
  private final Map<Integer, Executable> executables = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Merged> merged = new ArrayList<>();
  private ImageTree tree;

  LayerStack(
      ImageSource source,
      AnalyzeOptions options,
      SpanSupply supply,
      ConvertProgress progress,
      Path scratch)
      throws IOException {
    this.source = source;
    this.options = options;
    this.supply = supply;
    this.progress = progress;
    this.scratch = scratch;
    this.tree = merger.finish();
  }

  /// What is left of a layer once its files are in the tree.
  private record Merged(
      Descriptor layer,
      String compression,
      long tarBytes,
      Optional<SpanRanges> spans,
      String spansFrom) {}

  /// A layer's contents, or none if the source does not have it; and spans its zTOC names.
  private record Read(Optional<LayerContents> contents, Optional<SpanRanges> indexed) {}

  /// Reads all layers, the lowest first, and stacks them. Closes this if it fails.
  LayerStack read(List<OciDescriptor> layers) throws IOException {
    boolean done = false;
    progress.layersPlanned(layers.stream().map(OciDescriptor::target).toList());
    ExecutorService pool = Executors.newFixedThreadPool(options.threads());
    try {
      ArrayDeque<Future<Read>> pending = new ArrayDeque<>();
      int next = 0;
      for (OciDescriptor layer : layers) {
        while (next < layers.size() && pending.size() < options.threads()) {
          pending.add(submit(pool, layers.get(next++)));
        }
        merge(layer.target(), result(pending.remove()));
      }
      tree = merger.finish();
      noteOddities();
      done = true;
      return this;
    } finally {
      pool.shutdownNow();
      awaitEnd(pool);
      if (!done) {
        close();
      }
    }
  }

  private Future<Read> submit(ExecutorService pool, OciDescriptor layer) {
    DocumentSpool spool = new DocumentSpool(scratch);
    spools.add(spool);
    return pool.submit(() -> readOne(layer, spool));
  }

  private static Read result(Future<Read> future) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("reading a layer failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading layers");
    }
  }

  private Read readOne(OciDescriptor layer, DocumentSpool spool) throws IOException {
    if (source.sizeBytes(layer.digest()).isEmpty()) {
      return new Read(Optional.empty(), Optional.empty());
    }
    Optional<SpanRanges> indexed = supply.find(layer.target());
    LayerReader reader =
        new LayerReader(
            new LayerReader.Options(options.spanSizeBytes(), options.command().isPresent()));
    progress.layerStarted(layer.target());
    try (InputStream in = new Watched(source.open(layer.target()), layer.target(), progress)) {
      return new Read(Optional.of(reader.read(in, spool)), indexed);
    } catch (IOException e) {
      throw new IOException("Layer " + layer.digest() + ": " + e.getMessage(), e);
    } finally {
      progress.layerFinished(layer.target());
    }
  }

  private void merge(Descriptor layer, Read read) throws IOException {
    merger.startLayer();
    if (read.contents().isEmpty()) {
      notes.add(
          "layer " + layer.digest() + " is not there, its files are missing from all figures");
      merged.add(new Merged(layer, "absent", 0, Optional.empty(), ""));
      return;
    }
    LayerContents contents = read.contents().get();
    Toc toc = contents.toc();
    for (int entry = 0; entry < toc.count(); entry++) {
      int row = merger.add(toc.name(entry), toc.type(entry), toc.mode(entry), toc.linkName(entry));
      if (row >= 0) {
        enter(contents, entry, row);
      }
    }
    contents
        .problem()
        .ifPresent(
            problem ->
                notes.add(
                    "layer "
                        + layer.digest()
                        + " was not read to its end ("
                        + problem
                        + "); what follows in it is missing from all figures"));
    contents.oversized().forEach(name -> notes.add(name + " is too large to be read for packages"));
    Optional<SpanRanges> spans = read.indexed().or(contents::spans);
    merged.add(
        new Merged(
            layer,
            contents.compression().label(),
            contents.tarBytes(),
            spans,
            read.indexed().isPresent() ? "zTOC" : spans.isPresent() ? "computed" : ""));
  }

  private void enter(LayerContents contents, int entry, int row) {
    Toc toc = contents.toc();
    if (contents.hasContent(entry)) {
      merger.content(
          row,
          toc.sizeBytes(entry),
          toc.dataOffset(entry),
          contents.hashes().high(entry),
          contents.hashes().low(entry));
    }
    Document document = contents.documents().get(entry);
    if (document != null) {
      documents.put(row, document);
    }
    Executable executable = contents.executables().get(entry);
    if (executable != null) {
      executables.put(row, executable);
    }
  }

  private void noteOddities() {
    if (merger.unplaceable() > 0) {
      notes.add(merger.unplaceable() + " entries have paths no system would take; left out");
    }
    if (merger.danglingLinks() > 0) {
      notes.add(merger.danglingLinks() + " hard links name files that are not there; left out");
    }
  }

  ImageTree tree() {
    return tree;
  }

  Map<Integer, Document> documents() {
    return documents;
  }

  Map<Integer, Executable> executables() {
    return executables;
  }

  List<String> notes() {
    return notes;
  }

  /// Adds up what became of each layer's files.
  List<LayerFacts> facts(List<String> createdBy) {
    FileTable table = tree.files();
    int[][] counts = new int[3][merged.size()];
    long[][] bytes = new long[3][merged.size()];
    for (int row = 0; row < table.count(); row++) {
      if (table.isRegular(row)) {
        count(counts, bytes, 0, table.layer(row), table.sizeBytes(row));
        if (!table.isVisible(row)) {
          count(counts, bytes, 1, table.layer(row), table.sizeBytes(row));
          count(counts, bytes, 2, table.fateLayer(row), table.sizeBytes(row));
        }
      }
    }
    List<LayerFacts> facts = new ArrayList<>();
    for (int i = 0; i < merged.size(); i++) {
      Merged layer = merged.get(i);
      facts.add(
          new LayerFacts(
              i,
              layer.layer(),
              i < createdBy.size() ? createdBy.get(i) : "",
              layer.compression(),
              layer.tarBytes(),
              counts[0][i],
              bytes[0][i],
              counts[1][i],
              bytes[1][i],
              counts[2][i],
              bytes[2][i],
              layer.spans(),
              layer.spansFrom()));
    }
    return facts;
  }

  private static void count(int[][] counts, long[][] bytes, int what, int layer, long size) {
    counts[what][layer]++;
    bytes[what][layer] += size;
  }

  @Override
  public void close() throws IOException {
    for (DocumentSpool spool : spools) {
      spool.close();
    }
  }

  private static void awaitEnd(ExecutorService pool) {
    boolean interrupted = false;
    while (true) {
      try {
        if (pool.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
