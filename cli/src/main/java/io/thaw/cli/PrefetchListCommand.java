package io.thaw.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.output.JsonText;
import io.thaw.cli.output.Table;
import io.thaw.index.PrefetchArtifact;
import io.thaw.index.store.StoredArtifact;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `thaw prefetch list`.
@Command(
    name = "list",
    aliases = "ls",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "List prefetch artifacts, the newest first.",
      "",
      "With --quiet only their digests. N/A stands for a number of spans that cannot be read."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw prefetch ls",
      "  thaw prefetch ls --json | jq '.[].TotalSpans'",
      "",
      "Exit codes: 0 listed, 1 failed, 2 wrong usage."
    })
final class PrefetchListCommand implements Callable<Integer> {
  private static final int UNKNOWN = -1;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    try (Connections connections = Connections.local(spec);
        Artifacts artifacts = connections.artifacts()) {
      List<StoredArtifact.Prefetch> found =
          artifacts.all().stream()
              .filter(StoredArtifact.Prefetch.class::isInstance)
              .map(StoredArtifact.Prefetch.class::cast)
              .toList();
      if (output.json()) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (StoredArtifact.Prefetch prefetch : found) {
          array
              .addObject()
              .put("Digest", prefetch.descriptor().digest().toString())
              .put("LayerDigest", prefetch.layer().toString())
              .put("TotalSpans", spans(artifacts, prefetch))
              .put("CreatedAt", prefetch.created().toString());
        }
        shell.out().println(JsonText.indented(array.toString()));
      } else if (output.quiet()) {
        found.forEach(prefetch -> shell.out().println(prefetch.descriptor().digest()));
      } else {
        Table table = new Table("DIGEST", "LAYER DIGEST", "SPANS", "CREATED");
        for (StoredArtifact.Prefetch prefetch : found) {
          int spans = spans(artifacts, prefetch);
          table.row(
              prefetch.descriptor().digest(),
              prefetch.layer(),
              spans == UNKNOWN ? "N/A" : Integer.toString(spans),
              IndexListCommand.age(prefetch.created(), Instant.now()));
        }
        table.print(shell.out());
      }
    }
    return 0;
  }

  /// A damaged artifact must not hide the others.
  private static int spans(Artifacts artifacts, StoredArtifact.Prefetch prefetch) {
    try {
      return PrefetchInfoCommand.spans(
          PrefetchArtifact.read(artifacts.document(prefetch.descriptor().digest())));
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
