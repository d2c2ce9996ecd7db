package io.thaw.cli;

import io.thaw.cli.options.GlobalOptions;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;

/// What a command runs in: its name, its streams and the global options.
///
/// @param bytes standard output for what is no text; text goes to `out`, which has to be flushed
///     before
record Shell(
    Program program, OutputStream bytes, PrintWriter out, PrintWriter err, GlobalOptions global) {

  static Shell of(Program program, OutputStream out, OutputStream err, GlobalOptions global) {
    return new Shell(
        program,
        out,
        new PrintWriter(out, true, StandardCharsets.UTF_8),
        new PrintWriter(err, true, StandardCharsets.UTF_8),
        global);
  }

  /// The shell of the command line `spec` is part of.
  static Shell of(CommandSpec spec) {
    return ((ThawMain) spec.root().userObject()).shell();
  }

  boolean isSoci() {
    return program == Program.SOCI;
  }

  void note(String text) {
    err.println(program + ": note: " + text);
  }
}
