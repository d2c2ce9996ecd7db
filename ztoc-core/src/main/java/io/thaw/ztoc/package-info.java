/// The zTOC engine: tables of contents of tar layers and the checkpoints that make them seekable.
///
/// Nothing here touches the network or knows an image; bytes come through {@link
/// io.thaw.ztoc.RangeReader} and streams.
@NullMarked
package io.thaw.ztoc;

import org.jspecify.annotations.NullMarked;
