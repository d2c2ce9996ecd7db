package io.thaw.daemon.main;

import io.thaw.config.RegistryConfig;
import io.thaw.config.RegistryConfig.Mirror;
import io.thaw.config.RegistryConfig.RegistryLogin;
import io.thaw.config.RegistryConfig.RegistryMirrors;
import io.thaw.registry.Credentials;
import io.thaw.registry.hosts.Capability;
import io.thaw.registry.hosts.HostAddresses;
import io.thaw.registry.hosts.HostEntry;
import io.thaw.registry.hosts.HostRules;
import io.thaw.registry.hosts.HostSource;
import io.thaw.registry.hosts.HostsDirectory;
import io.thaw.registry.hosts.StaticHosts;
import io.thaw.registry.hosts.TlsFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The configuration's mirrors, TLS files and logins in the registry client's terms.
final class RegistryHosts {

  private RegistryHosts() {}

  /// `hosts.toml` files first, then the tables of the configuration.
  ///
  /// @throws IOException if a mirror's address cannot be used
  static HostSource of(RegistryConfig config) throws IOException {
    Map<String, TlsFiles> tls = new HashMap<>();
    Map<String, HostRules> rules = new HashMap<>();
    for (RegistryLogin login : config.logins()) {
      TlsFiles files = tls(login);
      if (files.present()) {
        String host = login.host().toLowerCase(Locale.ROOT);
        tls.put(host, files);
        rules.put(host, new HostRules(List.of(), HostEntry.registry(files)));
      }
    }
    for (RegistryMirrors of : config.mirrors()) {
      List<HostEntry> mirrors = new ArrayList<>();
      for (Mirror mirror : of.mirrors()) {
        mirrors.add(mirror(of.registry(), mirror, tls));
      }
      HostEntry upstream = HostEntry.registry(tls.getOrDefault(of.registry(), TlsFiles.NONE));
      rules.put(of.registry(), new HostRules(mirrors, upstream));
    }
    HostSource directory = HostsDirectory.ofPath(config.hostsPath());
    return rules.isEmpty()
        ? directory
        : HostSource.firstOf(List.of(directory, new StaticHosts(rules)));
  }

  /// The logins of the configuration, by host.
  static Map<String, Credentials> logins(RegistryConfig config) {
    Map<String, Credentials> logins = new HashMap<>();
    for (RegistryLogin login : config.logins()) {
      String host = login.host().toLowerCase(Locale.ROOT);
      if (!login.identityToken().isEmpty()) {
        logins.put(host, new Credentials.IdentityToken(login.identityToken()));
      } else if (!login.username().isEmpty()) {
        logins.put(host, new Credentials.Basic(login.username(), login.password()));
      }
    }
    return logins;
  }

  private static HostEntry mirror(String registry, Mirror mirror, Map<String, TlsFiles> tls)
      throws IOException {
    URI root;
    try {
      root = HostAddresses.apiRoot(mirror.address(), false);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "mirror %s of %s cannot be used: %s"
              .formatted(mirror.address(), registry, e.getMessage()),
          e);
    }
    long timeout = mirror.requestTimeoutMillis();
    return new HostEntry(
        root,
        EnumSet.of(Capability.PULL, Capability.RESOLVE),
        tls.getOrDefault(root.getRawAuthority(), TlsFiles.NONE),
        Map.of(),
        null,
        timeout == 0 ? null : Duration.ofMillis(timeout));
  }

  private static TlsFiles tls(RegistryLogin login) {
    List<Path> authorities =
        login.caFile().isEmpty() ? List.of() : List.of(Path.of(login.caFile()));
    String key = login.keyFile().isEmpty() ? login.certFile() : login.keyFile();
    List<TlsFiles.ClientPair> clients =
        login.certFile().isEmpty()
            ? List.of()
            : List.of(new TlsFiles.ClientPair(Path.of(login.certFile()), Path.of(key)));
    return new TlsFiles(authorities, clients, login.skipVerify());
  }
}
