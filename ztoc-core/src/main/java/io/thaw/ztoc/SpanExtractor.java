package io.thaw.ztoc;

import java.io.IOException;
import java.io.InputStream;

/// Inflates single spans of a layer.
///
/// Safe for use by many threads at once: each call takes its working memory (about 400 KiB) from a
/// small pool, so one extractor per process is enough.
@SuppressWarnings("DoNotCallSuggester")
public final class SpanExtractor {

  public SpanExtractor() {}

  /// Hands all uncompressed bytes of `span` to `sink`, in order and in pieces of bounded size.
  ///
  /// The digest of the compressed bytes is not verified here; see [SpanDigests].
  ///
  /// @param compressed exactly the bytes `[compressedStart(span), compressedEnd(span))`; not closed
  /// @throws io.thaw.ztoc.inflate.MalformedGzipException if they do not inflate to the whole span
  public void extract(Ztoc ztoc, int span, InputStream compressed, SpanSink sink)
      throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }

  /// As above, from bytes already in memory.
  public void extract(Ztoc ztoc, int span, byte[] compressed, int offset, int length, SpanSink sink)
      throws IOException {
    throw new UnsupportedOperationException("not there yet");
  }
}
