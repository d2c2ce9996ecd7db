package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs docker's credential helpers: `docker-credential-<name> get` with the server's address on
/// standard input and JSON on standard output.
///
/// A helper that is missing, fails, talks too much or takes too long is logged and counts as
/// having no credentials. Its output is never shown.
final class CredentialHelper {

  private static final Logger log = LoggerFactory.getLogger(CredentialHelper.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final int MAX_OUTPUT = 64 << 10;
  private static final String NOT_FOUND = "credentials not found";

  /// User name by which a helper says that the secret is an identity token.
  private static final String TOKEN_USER = "<token>";

  private final Duration timeout;
  private final String directory;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();

  CredentialHelper() {
    this(Duration.ofSeconds(20), "");
  }

  /// @param directory prefix of the helpers' path, or empty to look them up in `PATH`
  CredentialHelper(Duration timeout, String directory) {
    this.timeout = timeout;
    this.directory = directory;
  }

  Optional<Credentials> get(String name, String server) throws IOException {
    if (!NAME.matcher(name).matches()) {
      warnOnce(name, "is not a name a credential helper can have");
      return Optional.empty();
    }
    try {
      return run(directory + "docker-credential-" + name, name, server);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      warnOnce(name, "does not work (" + e.getMessage() + "); is it installed and in PATH?");
      return Optional.empty();
    }
  }

  private Optional<Credentials> run(String program, String name, String server) throws IOException {
    HelperProcess.Output output =
        HelperProcess.run(
            List.of(program, "get"),
            Map.of(),
            server.getBytes(StandardCharsets.UTF_8),
            timeout,
            MAX_OUTPUT);
    return read(output.status(), output.bytes(), name, server);
  }

  private static Optional<Credentials> read(int exit, byte[] answer, String name, String server)
      throws IOException {
    if (exit != 0) {
      if (new String(answer, StandardCharsets.UTF_8).contains(NOT_FOUND)) {
        log.debug("helper {} has no credentials for {}", name, server);
        return Optional.empty();
      }
      throw new IOException("it ended with status " + exit);
    }
    JsonNode json = Json.parse(answer);
    String username = json.path("Username").asText("");
    String secret = json.path("Secret").asText("");
    if (secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        username.equals(TOKEN_USER)
            ? new Credentials.IdentityToken(secret)
            : new Credentials.Basic(username, secret));
  }

  private void warnOnce(String name, String problem) {
    if (warned.add(name)) {
      log.warn(
          "credential helper {} {}; going on without its credentials", Texts.quoted(name), problem);
    }
  }
}
