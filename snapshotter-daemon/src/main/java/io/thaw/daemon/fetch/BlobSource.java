package io.thaw.daemon.fetch;

import java.io.IOException;
import java.io.InputStream;

/// Where one layer's stored bytes come from.
///
/// Safe for use by many threads. Every stream is the caller's to close; closing it early, also from
/// another thread, ends the transfer.
public interface BlobSource {

  /// A name for logs and errors: repository and digest, never a credential.
  String name();

  /// The number of stored bytes.
  long sizeBytes();

  /// Opens the stored bytes `[start, end)`.
  ///
  /// @return a stream of those bytes; ending early means the transfer broke and may be tried again
  /// @throws PermanentFetchException if asking again soon is pointless (gone, not allowed)
  /// @throws IOException if the bytes cannot be had now
  InputStream openRange(long start, long end) throws IOException;

  /// Opens all stored bytes from the first one on, under the same rules as {@link #openRange}.
  InputStream openWhole() throws IOException;

  /// The bytes `[start, end)` that came were not the right ones: who has sent them is asked last
  /// from now on.
  ///
  /// @param why for the log
  /// @return whether somebody else is asked the next time
  default boolean distrust(long start, long end, String why) {
    return false;
  }

  /// Whether the host sends only the range it is asked for, as far as its answers have shown. From
  /// one that does not, each range costs all bytes before it too.
  default boolean knowsRanges() {
    return true;
  }
}
