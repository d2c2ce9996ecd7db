package io.thaw.cli;

import io.thaw.cli.output.JsonText;
import io.thaw.index.PrefetchArtifact;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw prefetch info`.
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show a prefetch artifact: which spans of its layer are fetched before a container starts."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw prefetch info sha256:…",
      "  thaw prefetch info --json sha256:… | jq .",
      "",
      "Exit codes: 0 shown, 1 no such artifact, 2 wrong usage."
    })
final class PrefetchInfoCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "DIGEST",
      converter = DigestArgument.class,
      description = "The artifact's digest.")
  private Digest digest = Digest.sha256(new byte[0]);

  @Option(names = "--json", description = "Print the artifact itself, which is JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    try (Connections connections = Connections.local(spec);
        Artifacts artifacts = connections.artifacts()) {
      if (!(artifacts.require(digest) instanceof StoredArtifact.Prefetch prefetch)) {
        throw new IOException(digest + " is no prefetch artifact; \"thaw prefetch ls\" lists them");
      }
      byte[] bytes = artifacts.document(digest);
      if (json) {
        shell.out().println(JsonText.indented(new String(bytes, StandardCharsets.UTF_8)));
      } else {
        print(prefetch, PrefetchArtifact.read(bytes), shell.out());
      }
    }
    return 0;
  }

  private static void print(
      StoredArtifact.Prefetch prefetch, PrefetchArtifact artifact, PrintWriter out) {
    out.println("Digest:        " + prefetch.descriptor().digest());
    out.println("Version:       1.0");
    out.println("Span Ranges:   " + artifact.ranges().size());
    out.println("Layer Digest:  " + prefetch.layer());
    out.println("Size:          " + prefetch.descriptor().sizeBytes() + " bytes");
    out.println("Created:       " + prefetch.created());
    out.println();
    out.println("Prefetch Spans:");
    for (int i = 0; i < artifact.ranges().size(); i++) {
      PrefetchArtifact.SpanRange range = artifact.ranges().get(i);
      out.println(
          "  ["
              + i
              + "] StartSpan: "
              + range.firstSpan()
              + ", EndSpan: "
              + range.lastSpan()
              + " (covers "
              + (range.lastSpan() - range.firstSpan() + 1)
              + " spans)");
    }
    out.println();
    out.println("Total spans to prefetch: " + spans(artifact));
  }

  static int spans(PrefetchArtifact artifact) {
    return artifact.ranges().stream()
        .mapToInt(range -> range.lastSpan() - range.firstSpan() + 1)
        .sum();
  }
}
