package io.thaw.index;

import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import io.thaw.ztoc.TocListener;
import java.util.Set;

/// What an index says about a layer's entries, gathered while they pass by: a layer may have more
/// of them than the heap should hold.
final class LayerFindings implements TocListener {
  private final Set<String> wantedFiles;
  private final TocBuilder concerned = Toc.builder();
  private boolean xattrsMayMatter;

  /// @param wantedFiles clean paths
  LayerFindings(Set<String> wantedFiles) {
    this.wantedFiles = wantedFiles;
  }

  @Override
  public void entry(TocEntry entry) {
    xattrsMayMatter = xattrsMayMatter || Xattrs.mayMatter(entry);
    if (Prefetch.concerns(entry.name(), wantedFiles)) {
      concerned.add(entry);
    }
  }

  /// What was found of the wanted files.
  Prefetch.Hits hits(SpanTable spans) {
    return Prefetch.find(concerned.build(), spans, wantedFiles);
  }

  /// As [Xattrs#mayMatter(Toc)].
  boolean xattrsMayMatter() {
    return xattrsMayMatter;
  }
}
