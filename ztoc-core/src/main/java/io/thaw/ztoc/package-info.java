/// The zTOC engine: tables of contents of tar layers and the checkpoints that make them seekable.
///
/// Nothing here touches the network or knows an image; bytes come as streams and arrays.
@NullMarked
package io.thaw.ztoc;

import org.jspecify.annotations.NullMarked;
