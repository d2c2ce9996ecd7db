/// Decides which span is fetched when.
///
/// One {@link io.thaw.daemon.fetch.SpanScheduler} per daemon turns wishes for spans into range
/// requests: one fetch per span however many wish for it, readers before everything else,
/// neighbours in one request, bounded memory, patient retries. What a span means to the files of a
/// layer is not known here; that is the {@link io.thaw.daemon.fetch.SpanTarget}'s side.
@NullMarked
package io.thaw.daemon.fetch;

import org.jspecify.annotations.NullMarked;
