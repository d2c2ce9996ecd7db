package io.thaw.cli;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw ztoc ls`.
@Command(
    name = "ls",
    mixinStandardHelpOptions = true,
    description = {
      "List the files of a layer by its zTOC, in tar order.",
      "",
      "Columns: type, mode, owner, size, time, first and last span, name. Characters of a name that"
          + " would disturb a terminal are shown as \\xNN."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  thaw ztoc ls layer.ztoc"})
final class ZtocListCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "ZTOC", description = "A zTOC file.")
  private Path file = Path.of("");

  @Override
  public Integer call() throws IOException {
    try (Ztoc ztoc = ZtocInfoCommand.open(file)) {
      PrintWriter out = spec.commandLine().getOut();
      for (int entry = 0; entry < ztoc.toc().count(); entry++) {
        out.println(line(ztoc, entry));
      }
    }
    return 0;
  }

  private static String line(Ztoc ztoc, int entry) {
    Toc toc = ztoc.toc();
    EntryType type = toc.type(entry);
    boolean link = type == EntryType.SYMLINK || type == EntryType.HARDLINK;
    return String.format(
        Locale.ROOT,
        "%-8s %04o %6s:%-6s %12d %s %4d-%-4d %s%s",
        type.wireName(),
        toc.mode(entry) & 07777,
        Integer.toUnsignedString(toc.uid(entry)),
        Integer.toUnsignedString(toc.gid(entry)),
        toc.sizeBytes(entry),
        Instant.ofEpochSecond(toc.mtimeSeconds(entry)),
        ZtocInfoCommand.firstSpan(ztoc, entry),
        ZtocInfoCommand.lastSpan(ztoc, entry),
        printable(toc.name(entry)),
        link ? " -> " + printable(toc.linkName(entry)) : "");
  }

  /// A name as text, with control characters made visible.
  static String printable(byte[] name) {
    String text = new String(name, StandardCharsets.UTF_8);
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        shown.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }
}
