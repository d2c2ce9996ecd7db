package io.thaw.registry.hosts;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Whom to trust at a host and what to show it, beyond the system's own trust.
///
/// @param authorities PEM files of certificates trusted besides the system's
/// @param clients what to show a host that asks who we are
/// @param skipVerify whether the host's certificate is not checked at all
public record TlsFiles(List<Path> authorities, List<ClientPair> clients, boolean skipVerify) {

  /// Nothing beyond the system's trust.
  public static final TlsFiles NONE = new TlsFiles(List.of(), List.of(), false);

  public TlsFiles {
    authorities = List.copyOf(authorities);
    clients = List.copyOf(clients);
  }

  /// A client's certificate chain and its private key, PEM; both may be in one file.
  public record ClientPair(Path certificate, Path key) {}

  /// Whether this says how to speak TLS, so that TLS must be meant.
  public boolean present() {
    return skipVerify || !authorities.isEmpty() || !clients.isEmpty();
  }

  /// All files that are read.
  Stream<Path> files() {
    return Stream.concat(
        authorities.stream(), clients.stream().flatMap(p -> Stream.of(p.certificate(), p.key())));
  }
}
