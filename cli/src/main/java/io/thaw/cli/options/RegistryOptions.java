package io.thaw.cli.options;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.Repository;
import io.thaw.registry.hosts.HostEntry;
import io.thaw.registry.hosts.HostRules;
import io.thaw.registry.hosts.HostSource;
import io.thaw.registry.hosts.HostsDirectory;
import io.thaw.registry.hosts.ProxyRules;
import io.thaw.registry.hosts.StaticHosts;
import io.thaw.registry.hosts.TlsFiles;
import java.io.Console;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// How a command speaks to registries.
public final class RegistryOptions {
  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:PASSWORD]",
      description =
          "Login for the registry; the password is asked for if it is not given (default: those of"
              + " \"docker login\").")
  private @Nullable String user;

  @Option(
      names = "--refresh",
      paramLabel = "TOKEN",
      description = "Refresh token for the registry's token server, instead of --user.")
  private @Nullable String refreshToken;

  @Option(
      names = "--plain-http",
      description = "Speak plain HTTP to the registry; localhost needs no such leave.")
  private boolean plainHttp;

  @Option(
      names = {"-k", "--skip-verify", "--insecure"},
      description = "Do not check the registry's TLS certificate.")
  private boolean skipVerify;

  @Option(
      names = "--hosts-dir",
      paramLabel = "DIRECTORY",
      description =
          "hosts.toml files as containerd has them: mirrors, authorities, client certificates."
              + " Several directories are separated by colons.")
  private @Nullable String hostsDirectory;

  @Option(
      names = "--tlscacert",
      paramLabel = "FILE",
      description = "PEM file of authorities to trust besides the system's.")
  private @Nullable Path authority;

  @Option(
      names = "--tlscert",
      paramLabel = "FILE",
      description = "PEM file of the client certificate to show the registry.")
  private @Nullable Path certificate;

  @Option(
      names = "--tlskey",
      paramLabel = "FILE",
      description = "PEM file of the certificate's key (default: the file of --tlscert).")
  private @Nullable Path key;

  /// A client for the registries a command names. The login goes to them and nowhere else.
  ///
  /// @throws ParameterException if there is a login for several registries, or none can be
  ///     asked for
  public RegistryClient client(CommandSpec spec, Set<String> hosts) {
    RegistryConfig config;
    try {
      config = config(hosts).withProxy(ProxyRules.of(System.getenv()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    return RegistryClient.create(config, credentials(spec, hosts, RegistryOptions::askOnTerminal));
  }

  RegistryConfig config(Set<String> hosts) {
    RegistryConfig config = RegistryConfig.defaults();
    List<HostSource> sources = new ArrayList<>();
    if (hostsDirectory != null) {
      sources.add(HostsDirectory.ofPath(hostsDirectory));
    }
    TlsFiles tls = tls();
    if (tls.present()) {
      HostRules rules = new HostRules(List.of(), HostEntry.registry(tls));
      sources.add(new StaticHosts(hosts.stream().collect(Collectors.toMap(h -> h, h -> rules))));
    }
    config = config.withHosts(HostSource.firstOf(sources));
    if (plainHttp) {
      config = config.withPlainHttpHosts(hosts);
    }
    return skipVerify ? config.withInsecureHosts(hosts) : config;
  }

  private TlsFiles tls() {
    Path keyFile = key == null ? certificate : key;
    return new TlsFiles(
        authority == null ? List.of() : List.of(authority),
        certificate == null || keyFile == null
            ? List.of()
            : List.of(new TlsFiles.ClientPair(certificate, keyFile)),
        false);
  }

  CredentialSource credentials(
      CommandSpec spec, Set<String> hosts, Function<String, Optional<String>> ask) {
    Credentials given = given(spec, ask);
    if (given == null) {
      return DockerConfigCredentials.standard(System.getenv());
    }
    if (hosts.size() > 1) {
      throw new ParameterException(
          spec.commandLine(),
          "a login on the command line is for one registry, this command speaks to "
              + String.join(" and ", hosts.stream().sorted().toList())
              + "; use \"docker login\" for each");
    }
    return new ForHosts(given, hosts);
  }

  private @Nullable Credentials given(CommandSpec spec, Function<String, Optional<String>> ask) {
    if (user == null) {
      return refreshToken == null ? null : new Credentials.IdentityToken(refreshToken);
    }
    int colon = user.indexOf(':');
    String name = colon < 0 ? user : user.substring(0, colon);
    if (name.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--user needs a name before the colon");
    }
    if (colon >= 0) {
      return new Credentials.Basic(name, user.substring(colon + 1));
    }
    String password =
        ask.apply(name)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--user without a password needs a terminal to ask for it; use \"docker"
                            + " login\" in scripts"));
    return new Credentials.Basic(name, password);
  }

  private static Optional<String> askOnTerminal(String name) {
    return Optional.ofNullable(System.console())
        .filter(Console::isTerminal)
        .map(console -> console.readPassword("Password of %s: ", name))
        .map(String::new);
  }

  /// The same credentials for some hosts, none for others.
  private record ForHosts(Credentials credentials, Set<String> hosts) implements CredentialSource {
    @Override
    public Optional<Credentials> credentialsFor(Repository repository) {
      return hosts.contains(repository.host()) ? Optional.of(credentials) : Optional.empty();
    }

    @Override
    public String toString() {
      return "login for " + hosts;
    }
  }
}
