package io.thaw.config;

/// How spans are fetched.
///
/// @param concurrency range requests under way at once, demand and background together
/// @param maxRangeBytes longest range one request asks for
/// @param decodedSpanMemoryBytes bound of inflated bytes held in memory at once
/// @param maxRetries attempts after the first before a reader gets an error
/// @param minWaitMillis shortest pause between two attempts
/// @param maxWaitMillis longest pause between two attempts
/// @param timeoutMillis of one range request
/// @param maxVerificationRetries attempts after a span did not have its digest
public record FetchConfig(
    int concurrency,
    long maxRangeBytes,
    long decodedSpanMemoryBytes,
    int maxRetries,
    long minWaitMillis,
    long maxWaitMillis,
    long timeoutMillis,
    int maxVerificationRetries) {}
