package io.thaw.cli;

import io.thaw.cli.output.JsonText;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw index info`.
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show a SOCI index.",
      "",
      "Prints the index manifest, indented; with --json exactly its bytes, so that their digest is"
          + " the index's."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw index info sha256:…",
      "  thaw index info --json sha256:… | jq '.layers[].annotations'",
      "",
      "Exit codes: 0 shown, 1 no such index, 2 wrong usage."
    })
final class IndexInfoCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "DIGEST",
      converter = DigestArgument.class,
      description = "The index's digest.")
  private Digest digest = Digest.sha256(new byte[0]);

  @Option(names = "--json", description = "Print the manifest as it is stored.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    try (Connections connections = Connections.local(spec);
        Artifacts artifacts = connections.artifacts()) {
      String manifest =
          switch (artifacts.require(digest)) {
            case StoredArtifact.Index _ ->
                new String(artifacts.document(digest), StandardCharsets.UTF_8);
            case StoredArtifact.Ztoc _ ->
                throw new IOException(
                    digest + " is a zTOC, not an index; use \"" + shell.program() + " ztoc info\"");
            case StoredArtifact.Prefetch _ ->
                throw new IOException(
                    digest
                        + " is a prefetch artifact, not an index; use \""
                        + shell.program()
                        + " prefetch info\"");
          };
      if (json) {
        shell.out().print(manifest);
      } else {
        shell.out().println(JsonText.indented(manifest));
      }
    }
    return 0;
  }
}
