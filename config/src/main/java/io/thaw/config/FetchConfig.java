package io.thaw.config;

/// How spans are fetched.
///
/// @param concurrency range requests for waiting readers under way at once
/// @param readAhead whether spans are fetched that a reader is only expected to want
/// @param maxRangeBytes longest range one request asks for
/// @param memoryBytes bound of fetched bytes held in memory at once
/// @param minWaitMillis pause after the first failed transfer
/// @param maxWaitMillis longest pause between two attempts
/// @param readTimeoutMillis how long a read waits for its bytes before it fails
/// @param maxVerificationRetries further attempts after a span did not have its digest
public record FetchConfig(
    int concurrency,
    boolean readAhead,
    long maxRangeBytes,
    long memoryBytes,
    long minWaitMillis,
    long maxWaitMillis,
    long readTimeoutMillis,
    int maxVerificationRetries) {}
