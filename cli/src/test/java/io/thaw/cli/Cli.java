package io.thaw.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Runs the command in this process.
final class Cli {
  static final Path GOLDEN = Path.of(System.getProperty("thaw.testdata")).resolve("golden");

  private Cli() {}

  /// What a run left behind.
  static final class Run {
    private final int code;
    private final byte[] bytes;
    private final String err;

    Run(int code, byte[] bytes, String err) {
      this.code = code;
      this.bytes = bytes;
      this.err = err;
    }

    int code() {
      return code;
    }

    /// What went to standard output.
    byte[] bytes() {
      return bytes;
    }

    String out() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    String err() {
      return err;
    }
  }

  static Run run(Object... args) {
    return runAs("thaw", args);
  }

  /// Runs the command under another name.
  static Run runAs(String name, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = args[i].toString();
    }
    int code = ThawMain.run(name, out, err, texts);
    return new Run(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }
}
