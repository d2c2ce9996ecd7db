package io.thaw.daemon.image;

import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the indexes that pulls have made within a bound; the least recently used go first. Indexes
/// that people made stay, and so do zTOCs that those name. Safe for use by many threads.
final class PulledIndexes {
  /// What an index that a pull made calls its builder; indexes of people have another one.
  static final String BUILD_TOOL = "thawd, while pulling";

  private static final Logger LOG = LoggerFactory.getLogger(PulledIndexes.class);

  private final ArtifactStore store;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();

  /// Whether an index is ours never changes, and its manifest need not be read again.
  private final Map<Digest, Boolean> known = new ConcurrentHashMap<>();

  private volatile long usedBytes;

  /// @param maxBytes most bytes of zTOCs; 0 for no bound
  PulledIndexes(ArtifactStore store, long maxBytes) {
    this.store = store;
    this.maxBytes = maxBytes;
  }

  /// What zTOCs take that no index but those of pulls needs, as it was seen last.
  long usedBytes() {
    return usedBytes;
  }

  private record Candidate(StoredArtifact.Index index, Instant lastUsed) {}

  /// Adds up, and removes what is too much, and a tenth of the bound more, so that the next pull is
  /// not the next reason.
  void enforce() throws IOException {
    lock.lock();
    try {
      Map<Digest, Long> sizes = new HashMap<>();
      List<StoredArtifact.Index> ours = new ArrayList<>();
      Set<Digest> othersNeed = new HashSet<>();
      for (StoredArtifact artifact : store.artifacts()) {
        switch (artifact) {
          case StoredArtifact.Ztoc ztoc ->
              sizes.put(ztoc.descriptor().digest(), ztoc.descriptor().sizeBytes());
          case StoredArtifact.Index index -> {
            if (isOurs(index.descriptor().digest())) {
              ours.add(index);
            } else {
              othersNeed.addAll(index.ztocs());
            }
          }
          case StoredArtifact.Prefetch _ -> {}
        }
      }
      sizes.keySet().removeAll(othersNeed);
      usedBytes = bytes(ours, sizes);
      if (maxBytes > 0 && usedBytes > maxBytes) {
        makeRoom(ours, sizes);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isOurs(Digest index) throws IOException {
    Boolean before = known.get(index);
    if (before != null) {
      return before;
    }
    boolean ours = store.index(index).buildTool().equals(Optional.of(BUILD_TOOL));
    known.put(index, ours);
    return ours;
  }

  private static long bytes(List<StoredArtifact.Index> indexes, Map<Digest, Long> sizes) {
    return indexes.stream()
        .flatMap(index -> index.ztocs().stream())
        .distinct()
        .mapToLong(ztoc -> sizes.getOrDefault(ztoc, 0L))
        .sum();
  }

  private void makeRoom(List<StoredArtifact.Index> ours, Map<Digest, Long> sizes)
      throws IOException {
    List<Candidate> oldestFirst = new ArrayList<>();
    for (StoredArtifact.Index index : ours) {
      oldestFirst.add(new Candidate(index, lastUsed(index)));
    }
    oldestFirst.sort(Comparator.comparing(Candidate::lastUsed));
    List<StoredArtifact.Index> left = new ArrayList<>(ours);
    for (Candidate candidate : oldestFirst) {
      if (usedBytes <= maxBytes - maxBytes / 10) {
        return;
      }
      long before = usedBytes;
      var _ = store.remove(List.of(candidate.index().descriptor().digest()));
      known.remove(candidate.index().descriptor().digest());
      left.remove(candidate.index());
      usedBytes = bytes(left, sizes);
      LOG.atInfo()
          .addKeyValue("index", candidate.index().descriptor().digest().toString())
          .addKeyValue("image", String.join(", ", candidate.index().names()))
          .addKeyValue("bytes", before - usedBytes)
          .addKeyValue("lastUsed", candidate.lastUsed().toString())
          .log("removed an index that a pull had made, to stay within index.max_size_bytes");
    }
  }

  private Instant lastUsed(StoredArtifact.Index index) throws IOException {
    Instant latest = index.created();
    for (Digest ztoc : index.ztocs()) {
      Instant used = store.lastUsed(ztoc).orElse(latest);
      latest = used.isAfter(latest) ? used : latest;
    }
    return latest;
  }
}
