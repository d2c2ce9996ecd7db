package io.thaw.cli.analyze.scan;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one pass over a layer has found. Entry numbers are those of `toc`.
///
/// @param compression how it is stored
/// @param storedBytes the layer as stored
/// @param tarBytes the tar up to its end marker
/// @param hashes of the entries' contents
/// @param documents by entry number
/// @param executables by entry number; empty unless they were asked for
/// @param spans where the layer can be entered; absent if it cannot
/// @param problem why the tar was not read to its end
/// @param oversized package databases that are too large to be read
public record LayerContents(
    Compression compression,
    long storedBytes,
    long tarBytes,
    Toc toc,
    ContentHashes hashes,
    Map<Integer, Document> documents,
    Map<Integer, Executable> executables,
    Optional<SpanRanges> spans,
    Optional<String> problem,
    List<String> oversized) {
  public LayerContents {
    oversized = List.copyOf(oversized);
  }

  /// Whether an entry is a file with content whose digest is known.
  public boolean hasContent(int entry) {
    return toc.type(entry) == EntryType.REG && toc.sizeBytes(entry) > 0;
  }
}
