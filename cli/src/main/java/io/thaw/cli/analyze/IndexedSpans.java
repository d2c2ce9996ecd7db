package io.thaw.cli.analyze;

import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.index.IndexedZtocs;
import io.thaw.index.ZtocSupply.SuppliedZtoc;
import io.thaw.registry.Descriptor;
import io.thaw.ztoc.MalformedZtocException;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// Spans as the image's own SOCI indexes describe them: what a snapshotter will fetch.
///
/// Safe for many threads.
public final class IndexedSpans implements SpanSupply {
  private final IndexedZtocs ztocs;
  private final Path scratch;

  /// @param scratch an existing directory; a zTOC lies there while it is read
  public IndexedSpans(IndexedZtocs ztocs, Path scratch) {
    this.ztocs = ztocs;
    this.scratch = scratch;
  }

  @Override
  public Optional<SpanRanges> find(Descriptor layer) throws IOException {
    Optional<SuppliedZtoc> supplied = ztocs.findAny(layer);
    if (supplied.isEmpty()) {
      return Optional.empty();
    }
    Path file = Files.createTempFile(scratch, "thaw-analyze-", ".ztoc");
    try {
      try (InputStream in = supplied.get().content().open()) {
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      }
      try (Ztoc ztoc = Ztoc.open(file)) {
        return ztoc.compressedSizeBytes() == layer.sizeBytes()
            ? Optional.of(SpanRanges.of(ztoc.spans()))
            : Optional.empty();
      }
    } catch (MalformedZtocException e) {
      return Optional.empty(); // nobody could use it, so it says nothing about what is fetched
    } finally {
      Files.delete(file);
    }
  }
}
