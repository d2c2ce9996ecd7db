package io.thaw.cli;

import io.thaw.cli.options.ByteSize;
import io.thaw.cli.output.JsonText;
import io.thaw.index.oci.GoJson;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.SpanTable;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw ztoc info`.
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show what a zTOC says about its layer.",
      "",
      "The JSON has the fields of \"soci ztoc info\", the list of files included."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc info layer.ztoc",
      "  thaw ztoc info --json sha256:… | jq .num_spans",
      "",
      "Exit codes: 0 shown, 1 no such zTOC or it is damaged, 2 wrong usage."
    })
final class ZtocInfoCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "ZTOC",
      description = "Digest of a zTOC in the store, or a file.")
  private String argument = "";

  @Option(names = "--json", description = "Print JSON, with all files.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    try (Connections connections = Connections.local(spec)) {
      ZtocUse.with(
          spec,
          connections,
          argument,
          (found, ztoc) -> {
            if (json || shell.isSoci()) {
              shell.out().println(JsonText.indented(json(ztoc, found.file())));
            } else {
              print(ztoc, found.file(), shell.out());
            }
          });
    }
    return 0;
  }

  private static void print(Ztoc ztoc, Path file, PrintWriter out) throws IOException {
    out.println("version            " + ztoc.version());
    out.println("build tool         " + ztoc.buildTool());
    out.println("compression        " + ztoc.compression().label());
    out.println("span size          " + ByteSize.text(ztoc.spanSizeBytes()));
    out.println("spans              " + ztoc.spans().count());
    out.println("files              " + ztoc.toc().count());
    out.println("layer stored       " + ByteSize.text(ztoc.compressedSizeBytes()));
    out.println("layer uncompressed " + ByteSize.text(ztoc.uncompressedSizeBytes()));
    out.println("zTOC               " + ByteSize.text(Files.size(file)));
  }

  private static String json(Ztoc ztoc, Path file) throws IOException {
    Toc toc = ztoc.toc();
    int multi = 0;
    for (int entry = 0; entry < toc.count(); entry++) {
      multi += firstSpan(ztoc, entry) == lastSpan(ztoc, entry) ? 0 : 1;
    }
    GoJson json =
        new GoJson()
            .open()
            .string("version", ztoc.version())
            .string("build_tool", ztoc.buildTool())
            .number("size", Files.size(file))
            .number("span_size", ztoc.spanSizeBytes())
            .number("num_spans", ztoc.spans().count())
            .number("num_files", toc.count())
            .number("num_multi_span_files", multi)
            .openList("files");
    for (int entry = 0; entry < toc.count(); entry++) {
      json.open()
          .string("filename", toc.nameText(entry))
          .number("offset", toc.dataOffset(entry))
          .number("size", toc.sizeBytes(entry))
          .string("type", toc.type(entry).wireName())
          .number("start_span", firstSpan(ztoc, entry))
          .number("end_span", lastSpan(ztoc, entry))
          .close();
    }
    return json.closeList()
        .string("compression", ztoc.compression().label())
        .number("compressed_size", ztoc.compressedSizeBytes())
        .number("uncompressed_size", ztoc.uncompressedSizeBytes())
        .close()
        .toString();
  }

  /// The span an entry's data starts in.
  static int firstSpan(Ztoc ztoc, int entry) {
    SpanTable spans = ztoc.spans();
    long offset = Math.min(ztoc.toc().dataOffset(entry), spans.uncompressedSizeBytes() - 1);
    return offset < 0 ? 0 : spans.spanOf(offset);
  }

  /// The span an entry's data ends in; the first for one without data.
  static int lastSpan(Ztoc ztoc, int entry) {
    Toc toc = ztoc.toc();
    if (toc.type(entry) != EntryType.REG || toc.sizeBytes(entry) == 0) {
      return firstSpan(ztoc, entry);
    }
    long last = toc.dataOffset(entry) + toc.sizeBytes(entry) - 1;
    return ztoc.spans().spanOf(Math.min(last, ztoc.spans().uncompressedSizeBytes() - 1));
  }
}
