package io.thaw.config;

/// How patient requests to a registry are.
///
/// @param maxRetries attempts after the first
/// @param minWaitMillis shortest pause between two attempts
/// @param maxWaitMillis longest pause between two attempts
/// @param dialTimeoutMillis until a connection stands
/// @param responseHeaderTimeoutMillis from the request to the answer's headers
public record HttpConfig(
    int maxRetries,
    long minWaitMillis,
    long maxWaitMillis,
    long dialTimeoutMillis,
    long responseHeaderTimeoutMillis) {}
