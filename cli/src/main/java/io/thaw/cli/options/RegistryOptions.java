package io.thaw.cli.options;

import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.Repository;
import java.io.Console;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// How a command speaks to registries.
public final class RegistryOptions {
  private static final Logger log = LoggerFactory.getLogger(RegistryOptions.class);

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
      description = "Accepted because nerdctl passes it; has no effect.")
  private @Nullable String hostsDirectory;

  /// A client for the registries a command names. The login goes to them and nowhere else.
  ///
  /// @throws ParameterException if there is a login for several registries, or none can be
  ///     asked for
  public RegistryClient client(CommandSpec spec, Set<String> hosts) {
    if (hostsDirectory != null) {
      log.debug("--hosts-dir {} has no effect", hostsDirectory);
    }
    return RegistryClient.create(
        config(hosts), credentials(spec, hosts, RegistryOptions::askOnTerminal));
  }

  RegistryConfig config(Set<String> hosts) {
    RegistryConfig config = RegistryConfig.defaults();
    if (plainHttp) {
      config = config.withPlainHttpHosts(hosts);
    }
    return skipVerify ? config.withInsecureHosts(hosts) : config;
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
