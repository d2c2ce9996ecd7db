package io.thaw.daemon.layer;

import io.thaw.registry.Digest;
import io.thaw.ztoc.Compression;
import java.nio.file.Path;

/// A zTOC that was made while its layer was unpacked.
///
/// @param file holds it, as long as the layer is in the store
/// @param compression how the layer is stored
public record MadeZtoc(Digest digest, long sizeBytes, Path file, Compression compression) {}
