package io.thaw.daemon.image;

import io.thaw.index.SociIndex;
import java.time.Duration;
import java.util.Set;

/// How images are pulled.
///
/// @param versions kinds of index that are looked for when the caller names none
/// @param minLayerSizeBytes layers with fewer stored bytes are unpacked although they are indexed
/// @param mountTimeout how long `Prepare` waits for the index and for a lazy layer
/// @param unpacks layers of one image that are unpacked at once
/// @param rememberFound how long an image's index is remembered after the last request for it
/// @param rememberMissing how long it is remembered that there was none
public record PullPolicy(
    Set<SociIndex.Version> versions,
    long minLayerSizeBytes,
    Duration mountTimeout,
    int unpacks,
    Duration rememberFound,
    Duration rememberMissing) {
  public PullPolicy {
    versions = Set.copyOf(versions);
  }
}
