package io.thaw.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    Process process =
        new ProcessBuilder(List.of(program, "get"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      CompletableFuture<byte[]> output = new CompletableFuture<>();
      Thread.startVirtualThread(() -> collect(process, output));
      try (OutputStream in = process.getOutputStream()) {
        in.write(server.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        log.debug("helper {} does not read its input", name);
      }
      byte[] answer = output.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (answer.length > MAX_OUTPUT) {
        throw new IOException("it printed more than " + MAX_OUTPUT + " bytes");
      }
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException("it did not end within " + timeout);
      }
      return read(process.exitValue(), answer, name, server);
    } catch (TimeoutException e) {
      throw new IOException("it did not answer within " + timeout, e);
    } catch (ExecutionException e) {
      throw new IOException("its output cannot be read", e.getCause());
    } catch (InterruptedException e) {
      throw Retrier.interrupted("waiting for credential helper " + name, e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static void collect(Process process, CompletableFuture<byte[]> output) {
    try {
      output.complete(process.getInputStream().readNBytes(MAX_OUTPUT + 1));
    } catch (IOException | RuntimeException e) {
      output.completeExceptionally(e);
    }
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
