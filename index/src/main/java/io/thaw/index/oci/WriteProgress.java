package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import java.util.Collection;

/// Told how writing an image goes on; called from several threads at once.
public interface WriteProgress {
  /// Tells nobody.
  WriteProgress NONE = new WriteProgress() {};

  /// How a blob came to be in its place.
  enum BlobOutcome {
    /// Its bytes were sent.
    WRITTEN,
    /// The place had it already.
    PRESENT,
    /// The registry took it from another of its repositories; no byte was sent.
    MOUNTED
  }

  /// These blobs belong to the image; how many of them have to be sent shows as it goes on.
  default void blobsPlanned(Collection<Descriptor> blobs) {}

  /// A blob's bytes are about to be sent; again if the first try failed, which starts over.
  default void blobStarted(Descriptor blob) {}

  /// So many more of its bytes have been sent.
  default void blobAdvanced(Descriptor blob, long bytes) {}

  /// The blob is in place.
  default void blobFinished(Descriptor blob, BlobOutcome outcome) {}
}
