package io.thaw.it.image;

/// One finished layer of a layout.
///
/// @param digest `sha256:…` of the compressed bytes
/// @param diffId `sha256:…` of the tar archive
/// @param sizeBytes compressed size
public record Layer(String digest, String diffId, long sizeBytes) {}
