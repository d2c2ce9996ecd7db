package io.thaw.cli.analyze;

import io.thaw.cli.analyze.scan.SpanRanges;
import io.thaw.registry.Descriptor;
import java.util.Optional;

/// A layer of the image, and what became of its files.
///
/// @param number counted from 0, the lowest
/// @param createdBy what the image's history says made it; empty if it says nothing
/// @param compression `gzip`, `zstd`, `uncompressed`, or `absent` if the layer is not there
/// @param tarBytes the layer unpacked, headers and padding included
/// @param files regular files it carries
/// @param fileBytes their content
/// @param hiddenFiles those of its files that no container sees, because of layers above
/// @param hiddenBytes their content
/// @param removes whiteouts and opaque markers' effect: files of lower layers it hides
/// @param removesBytes their content
/// @param spans where it can be entered; absent if it must be fetched whole
/// @param spansFrom `zTOC` if the image's SOCI index says so, `computed` if not; else empty
public record LayerFacts(
    int number,
    Descriptor descriptor,
    String createdBy,
    String compression,
    long tarBytes,
    int files,
    long fileBytes,
    int hiddenFiles,
    long hiddenBytes,
    int removes,
    long removesBytes,
    Optional<SpanRanges> spans,
    String spansFrom) {}
