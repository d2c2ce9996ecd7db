package io.thaw.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

/// Runs the command in this process.
final class Cli {
  static final Path GOLDEN = Path.of(System.getProperty("thaw.testdata")).resolve("golden");

  private Cli() {}

  /// What a run left behind.
  record Run(int code, String out, String err) {}

  static Run run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      texts[i] = args[i].toString();
    }
    int code = ThawMain.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
    return new Run(code, out.toString(), err.toString());
  }
}
