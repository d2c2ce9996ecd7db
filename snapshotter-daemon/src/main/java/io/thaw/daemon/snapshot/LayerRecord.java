package io.thaw.daemon.snapshot;

/// What the database keeps of a layer that a snapshot shows.
///
/// @param number the layer's number in the layer store
/// @param digest digest of its stored bytes
/// @param repository where they come from
/// @param sizeBytes how many there are
/// @param lazy whether it was mounted before its bytes were here
/// @param ztocDigest digest of its zTOC; empty if it has none
/// @param reason why it is lazy or not, for people
public record LayerRecord(
    int number,
    String digest,
    String repository,
    long sizeBytes,
    boolean lazy,
    String ztocDigest,
    String reason) {}
