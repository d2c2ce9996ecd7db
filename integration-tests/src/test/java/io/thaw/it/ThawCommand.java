package io.thaw.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.cli.ThawMain;
import io.thaw.it.node.Thawd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the `thaw` command said of a daemon.
///
/// @param code the exit status
record ThawCommand(int code, String out, String err) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Runs `thaw` with these arguments on a daemon.
  static ThawCommand run(Thawd daemon, String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--daemon", daemon.socket().toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run("thaw", out, err, all.toArray(String[]::new));
    return new ThawCommand(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// What `thaw status` knows of an image; a missing node if nothing.
  static JsonNode image(Thawd daemon, String reference) throws IOException {
    ThawCommand status = run(daemon, "status", "--json", reference);
    return status.code() == 0 ? status.json().path("images").path(0) : JSON.missingNode();
  }

  JsonNode json() throws IOException {
    return JSON.readTree(out);
  }
}
