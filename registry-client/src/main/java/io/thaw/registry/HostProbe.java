package io.thaw.registry;

import java.time.Duration;
import java.util.Optional;

/// What one host of a registry answered when it was tried once, for people who look for a fault.
///
/// @param address scheme, host and port
/// @param mirror whether it stands in for the registry
/// @param login the name by which its credentials are known
/// @param failure why it did not give the manifest; empty if it did
/// @param firstAnswer until the first answer came, connection and login included
/// @param nextAnswer until the first byte of a blob came, over what stood then; empty if no blob
///     was asked for
/// @param ranges what it makes of a range request
/// @param clockAhead how far its clock is ahead of ours, to about a second; empty if it did not
///     say. Negative if it is behind
public record HostProbe(
    String address,
    boolean mirror,
    Repository login,
    Optional<RegistryException> failure,
    Duration firstAnswer,
    Optional<Duration> nextAnswer,
    Ranges ranges,
    Optional<Duration> clockAhead) {

  /// What a host makes of a range request.
  public enum Ranges {
    /// Nothing was asked.
    UNKNOWN,
    /// It sends the bytes asked for.
    HONOURED,
    /// It sends the whole blob.
    IGNORED,
    /// It sends none.
    REFUSED
  }
}
