package io.thaw.registry;

import io.thaw.fuzz.targets.Oracle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// The registry client against a registry that answers anything: challenges, tokens, redirects,
/// manifests, referrers, ranges. A call returns or throws an IOException; no exception shows a
/// secret; and the body of every answer is closed or read to its end.
///
/// Input: one byte that chooses the call, then answers with 0xff between them. An answer is a
/// byte for its status, header lines (a letter for the name, the value), 0xfe, and the body.
public final class RegistryFuzz {
  private static final String PASSWORD = "fuzz-secret-0451";
  private static final Repository REPOSITORY = new Repository("registry.example", "team/app");
  private static final byte[] BLOB = "blob".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.sha256(BLOB);
  private static final int MAX_BODY = 1 << 16;
  private static final int[] STATUSES = {
    200, 401, 404, 307, 206, 416, 202, 201, 429, 500, 403, 303, 400, 204
  };
  private static final Map<Character, String> HEADERS =
      Map.of(
          'w', "www-authenticate",
          'l', "location",
          'k', "link",
          't', "content-type",
          'n', "content-length",
          'r', "content-range",
          'd', "docker-content-digest",
          'a', "retry-after",
          's', "oci-subject",
          'g', "range");

  private RegistryFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length == 0 || new String(data, StandardCharsets.ISO_8859_1).contains(PASSWORD)) {
      return; // the fuzzer learns the password from our own comparison
    }
    Answers answers = new Answers(data);
    RegistryConfig config =
        RegistryConfig.defaults()
            .withRetry(new RegistryConfig.Retry(2, Duration.ofMillis(1), Duration.ofMillis(1)));
    CredentialSource login = repository -> Optional.of(new Credentials.Basic("user", PASSWORD));
    Environment environment = new Environment(() -> Instant.EPOCH, waits -> {}, new Random(1));
    try (RegistryClient client = new HttpRegistryClient(config, login, answers, environment)) {
      call(client, data[0]);
    } catch (IOException e) {
      checkNoSecret(e);
    }
    Oracle.check(answers.open == 0, answers.open + " answers were left open");
  }

  private static void call(RegistryClient client, byte which) throws IOException {
    switch (Math.floorMod(which, 9)) {
      case 0 -> client.resolve(new Reference(REPOSITORY, "1.0", null));
      case 1 -> client.manifest(REPOSITORY, "1.0");
      case 2 -> client.manifest(REPOSITORY, DIGEST);
      case 3 -> drain(client.blob(REPOSITORY, DIGEST), true);
      case 4 -> {
        try (RangeResponse range = client.blobRange(REPOSITORY, DIGEST, 1, 3)) {
          Oracle.check(range.body().readNBytes(100).length == 2, "a range of another length");
        }
      }
      case 5 -> client.referrers(REPOSITORY, DIGEST, "application/x");
      case 6 -> client.blobExists(REPOSITORY, DIGEST);
      case 7 ->
          client.pushBlob(
              REPOSITORY, DIGEST, BLOB.length, () -> new ByteArrayInputStream(BLOB), REPOSITORY);
      default -> client.pushManifest(REPOSITORY, "1.0", "application/x", BLOB);
    }
  }

  private static void drain(InputStream blob, boolean verified) throws IOException {
    try (blob) {
      byte[] bytes = blob.readNBytes(MAX_BODY + 1);
      Oracle.check(
          !verified || Arrays.equals(bytes, BLOB), "a blob of other bytes was let through");
    }
  }

  private static void checkNoSecret(IOException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      Oracle.check(!t.toString().contains(PASSWORD), "an exception shows the password");
    }
  }

  /// The registry.
  private static final class Answers implements Transport {
    private final List<byte[]> answers = new ArrayList<>();
    private int next;
    private int open;

    Answers(byte[] data) {
      int start = 1;
      for (int i = 1; i <= data.length; i++) {
        if (i == data.length || data[i] == (byte) 0xff) {
          answers.add(Arrays.copyOfRange(data, start, i));
          start = i + 1;
        }
      }
    }

    @Override
    public Response send(Request request) throws IOException {
      // What the JDK's client would refuse, it refuses by IllegalArgumentException.
      HttpRequest.Builder builder = HttpRequest.newBuilder(request.uri());
      request.headers().forEach(builder::setHeader);
      if (next == answers.size()) {
        throw new IOException("connection reset");
      }
      return answer(answers.get(next++));
    }

    private Response answer(byte[] bytes) {
      int body = 1;
      while (body < bytes.length && bytes[body] != (byte) 0xfe) {
        body++;
      }
      int status = STATUSES[bytes.length == 0 ? 0 : Math.floorMod(bytes[0], STATUSES.length)];
      byte[] content =
          body + 1 < bytes.length ? Arrays.copyOfRange(bytes, body + 1, bytes.length) : new byte[0];
      open++;
      return new Response(status, headers(bytes, body), new Body(content));
    }

    private static HttpHeaders headers(byte[] bytes, int end) {
      Map<String, List<String>> headers = new HashMap<>();
      if (bytes.length > 1) {
        String text =
            new String(bytes, 1, Math.min(end, bytes.length) - 1, StandardCharsets.ISO_8859_1);
        for (String line : text.split("\n", 20)) {
          String name = line.isEmpty() ? null : HEADERS.get(line.charAt(0));
          if (name != null) {
            String value = line.substring(1).replaceAll("[\\x00-\\x08\\x0a-\\x1f\\x7f]", "");
            headers.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
          }
        }
      }
      return HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public void close() {}

    private final class Body extends ByteArrayInputStream {
      private boolean done;

      Body(byte[] content) {
        super(content);
      }

      @Override
      public synchronized int read(byte[] target, int offset, int length) {
        int count = super.read(target, offset, length);
        if (count < 0) {
          close();
        }
        return count;
      }

      @Override
      public void close() {
        if (!done) {
          done = true;
          open--;
        }
      }
    }
  }
}
