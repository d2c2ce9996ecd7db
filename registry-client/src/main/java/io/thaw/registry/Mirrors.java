package io.thaw.registry;

import io.thaw.registry.hosts.Capability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries the hosts of a registry in order, each once, until one answers well.
///
/// A mirror that cannot be reached, fails or serves wrong bytes is left alone for a while, see
/// [MirrorHealth]; the upstream is always asked. What the last host says counts: a mirror's failure
/// is only told along with it.
final class Mirrors {

  private static final Logger log = LoggerFactory.getLogger(Mirrors.class);

  private final Hosts hosts;
  private final MirrorHealth health;

  /// One try at one host.
  @FunctionalInterface
  interface Attempt<T> {
    T at(Endpoint endpoint) throws IOException;
  }

  Mirrors(Hosts hosts, MirrorHealth health) {
    this.hosts = hosts;
    this.health = health;
  }

  /// The first good answer.
  ///
  /// @throws IOException the last host's failure
  <T> T run(Repository repository, Capability capability, Attempt<T> attempt) throws IOException {
    List<Endpoint> endpoints = hosts.endpoints(repository, capability);
    List<RegistryException> passed = new ArrayList<>();
    for (Endpoint endpoint : endpoints.subList(0, endpoints.size() - 1)) {
      if (!health.mayTry(endpoint)) {
        continue;
      }
      try {
        T result = attempt.at(endpoint);
        health.worked(endpoint);
        return result;
      } catch (RegistryException e) {
        log.debug("{} did not serve {}, trying the next host", endpoint, repository, e);
        judge(endpoint, e);
        passed.add(e);
      }
    }
    try {
      return attempt.at(endpoints.getLast());
    } catch (RegistryException e) {
      passed.forEach(e::addSuppressed);
      throw e;
    }
  }

  /// The host that takes uploads.
  Endpoint forPush(Repository repository) throws RegistryException {
    return hosts.endpoints(repository, Capability.PUSH).getFirst();
  }

  /// Takes note that a transfer from the host broke.
  void broke(Endpoint endpoint, String why) {
    if (endpoint.mirror()) {
      health.failed(endpoint, why);
    }
  }

  /// Takes note that what the host served did not have its digest.
  ///
  /// @return whether another host is asked from now on
  boolean corrupt(Endpoint endpoint, String why) {
    if (endpoint.mirror()) {
      health.corrupt(endpoint, why);
    }
    return endpoint.mirror();
  }

  /// Whether the host's bytes were right as far as is known.
  boolean trusts(Endpoint endpoint) {
    return !health.isDistrusted(endpoint);
  }

  /// How often a mirror lost its trust.
  long distrusted() {
    return health.distrusted();
  }

  private void judge(Endpoint endpoint, RegistryException e) {
    switch (e.kind()) {
      case UNREACHABLE, SERVER, RATE_LIMITED, UNTRUSTED, UNAUTHORIZED, REFUSED ->
          health.failed(endpoint, String.valueOf(e.getMessage()));
      case CORRUPT -> health.corrupt(endpoint, String.valueOf(e.getMessage()));
      case NOT_FOUND, MALFORMED, RANGE, REJECTED -> health.worked(endpoint);
    }
  }
}
