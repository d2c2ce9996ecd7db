package io.thaw.config;

/// What layers may take.
///
/// @param maxSizeBytes what layers take on disk before unused ones are emptied; 0 for no bound
/// @param freeReserveBytes what the fill leaves free on the disk
/// @param fullDiskMemoryBytes memory that stands in for a full disk
public record CacheConfig(long maxSizeBytes, long freeReserveBytes, long fullDiskMemoryBytes) {}
