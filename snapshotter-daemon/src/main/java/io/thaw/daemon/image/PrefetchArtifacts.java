package io.thaw.daemon.image;

import io.thaw.daemon.layer.LayerBlob;
import io.thaw.daemon.log.RequestContext;
import io.thaw.index.PrefetchArtifact;
import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.PrefetchRef;
import io.thaw.index.SociIndexReader;
import io.thaw.registry.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an image's author wants of one layer before a container starts: SOCI's prefetch
/// artifacts.
///
/// They are advice. One that cannot be had or read is logged and left out; the layer is as
/// usable as without.
final class PrefetchArtifacts {
  private static final Logger LOG = LoggerFactory.getLogger(PrefetchArtifacts.class);

  /// More of them, or larger ones, are not advice any more.
  private static final int MAX_ARTIFACTS = 16;

  private static final long MAX_BYTES = SociIndexReader.MAX_PREFETCH_BYTES;

  private final List<PrefetchRef> refs;
  private final LayerBlob blob;
  private final ImageIndexes indexes;

  private PrefetchArtifacts(List<PrefetchRef> refs, LayerBlob blob, ImageIndexes indexes) {
    this.refs = refs;
    this.blob = blob;
    this.indexes = indexes;
  }

  static PrefetchArtifacts of(SociIndex index, LayerBlob blob, ImageIndexes indexes) {
    List<PrefetchRef> refs = index.prefetchesOf(blob.digest());
    return new PrefetchArtifacts(
        refs.subList(0, Math.min(refs.size(), MAX_ARTIFACTS)), blob, indexes);
  }

  boolean isEmpty() {
    return refs.isEmpty();
  }

  /// Asks for the spans on a thread of its own: the pull does not wait.
  void startFor(LayerOpener opener) {
    boolean complete =
        opener.state(blob.digest()).filter(state -> state.progress().complete()).isPresent();
    if (isEmpty() || complete) {
      return;
    }
    Thread.ofVirtual()
        .name("prefetch " + blob.digest())
        .start(
            RequestContext.carried(
                () -> {
                  List<SpanRange> ranges = ranges();
                  ranges.forEach(
                      range ->
                          opener.prefetch(
                              blob.digest(),
                              range.firstSpan(),
                              range.lastSpan() + 1,
                              range.priority()));
                  LOG.atInfo()
                      .addKeyValue("layerDigest", blob.digest().toString())
                      .addKeyValue("artifacts", refs.size())
                      .addKeyValue("ranges", ranges.size())
                      .log("prefetching spans the index names");
                }));
  }

  /// The spans, most urgent first; verified by digest. Blocks on the network.
  List<SpanRange> ranges() {
    List<SpanRange> ranges = new ArrayList<>();
    for (PrefetchRef ref : refs) {
      try {
        ranges.addAll(read(ref.artifact()).ranges());
      } catch (IOException | RuntimeException e) {
        LOG.atWarn()
            .addKeyValue("layerDigest", blob.digest().toString())
            .addKeyValue("artifact", ref.artifact().digest().toString())
            .setCause(e)
            .log("a prefetch artifact cannot be used and is left out");
      }
    }
    ranges.sort(
        Comparator.comparingInt(SpanRange::priority).thenComparingInt(SpanRange::firstSpan));
    return ranges;
  }

  private PrefetchArtifact read(Descriptor artifact) throws IOException {
    if (artifact.sizeBytes() > MAX_BYTES) {
      throw new IOException(
          "it has %d bytes; at most %d are read".formatted(artifact.sizeBytes(), MAX_BYTES));
    }
    try (InputStream in = indexes.blob(blob.repository(), artifact)) {
      byte[] json = in.readNBytes(Math.toIntExact(MAX_BYTES) + 1);
      // The stream compares the digest when its end is reached.
      if (json.length > MAX_BYTES || in.read() >= 0) {
        throw new IOException("it is longer than its descriptor says");
      }
      return PrefetchArtifact.read(json);
    }
  }
}
