package io.thaw.daemon.image;

import io.thaw.index.SociIndex;
import java.time.Duration;
import java.util.Set;

/// How images are pulled.
///
/// @param versions kinds of index that are looked for when the caller names none
/// @param minLayerSizeBytes layers with fewer stored bytes are unpacked although they are indexed
/// @param minZtocLayerBytes layers with fewer stored bytes get no zTOC when they are unpacked
/// @param mountTimeout how long `Prepare` waits for the index and for a lazy layer
/// @param parallel which images are unpacked at once
/// @param unpacks layers of all images that are unpacked at a time
/// @param unpacksPerImage the same for an image that is unpacked at once
/// @param rememberFound how long an image's index is remembered after the last request for it
/// @param rememberMissing how long it is remembered that there was none
public record PullPolicy(
    Set<SociIndex.Version> versions,
    long minLayerSizeBytes,
    long minZtocLayerBytes,
    Duration mountTimeout,
    Parallel parallel,
    int unpacks,
    int unpacksPerImage,
    Duration rememberFound,
    Duration rememberMissing) {

  /// Layers of a lazy image that are unpacked at a time: those without a zTOC, mostly small ones.
  static final int SMALL_UNPACKS = 4;

  /// Heap that a layer takes while it is unpacked: what is between its two halves, an inflater,
  /// what waits to become its zTOC; and as much again for all the rest of the daemon.
  private static final long UNPACK_HEAP_BYTES = 32 << 20;

  /// How many layers of an image keep this host's processors busy: one for each, and one more that
  /// goes on while others wait for bytes.
  public static int unpacksForThisHost() {
    Runtime host = Runtime.getRuntime();
    long fit = Math.max(1, host.maxMemory() / UNPACK_HEAP_BYTES);
    return (int) Math.min(fit, Math.max(2, host.availableProcessors()) + 1L);
  }

  /// Which images are fetched whole and unpacked at once.
  public enum Parallel {
    /// None; one without an index is left to containerd.
    OFF,
    /// Those without an index.
    FALLBACK,
    /// All.
    ALWAYS
  }

  public PullPolicy {
    versions = Set.copyOf(versions);
  }
}
