package io.thaw.cli;

import io.thaw.cli.options.OutputOptions;
import io.thaw.index.oci.GoJson;
import io.thaw.index.store.ArtifactStore;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw index remove`.
@Command(
    name = "remove",
    aliases = "rm",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Remove indexes, and the zTOCs that no other index needs.",
      "",
      "All indexes named are removed, or none. Registries are not touched."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw index rm sha256:… sha256:…",
      "  thaw index rm --ref docker.io/library/python:3",
      "",
      "Exit codes: 0 removed, 1 failed, 2 wrong usage."
    })
final class IndexRemoveCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "DIGEST",
      converter = DigestArgument.class,
      description = "Indexes to remove.")
  private List<Digest> digests = new ArrayList<>();

  @Option(
      names = "--ref",
      paramLabel = "REF",
      description = "Remove all indexes of the image with this name.")
  private @Nullable String reference;

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    if (digests.isEmpty() == (reference == null)) {
      throw new ParameterException(
          spec.commandLine(), "give either digests of indexes or --ref, not both");
    }
    Shell shell = Shell.of(spec);
    List<Digest> indexes = List.copyOf(digests);
    ArtifactStore.Removed removed;
    try (Connections connections = Connections.local(spec);
        Artifacts artifacts = connections.artifacts()) {
      if (reference != null) {
        indexes =
            ImageMatch.of(connections, artifacts.indexes(), reference).stream()
                .map(index -> index.descriptor().digest())
                .toList();
        if (indexes.isEmpty()) {
          throw new IOException("no index of " + reference + " is in the store");
        }
      }
      removed = artifacts.remove(indexes);
    }
    report(shell, indexes, removed);
    return 0;
  }

  private void report(Shell shell, List<Digest> indexes, ArtifactStore.Removed removed) {
    if (output.json()) {
      shell
          .out()
          .println(
              new GoJson()
                  .open()
                  .strings("removed", texts(indexes))
                  .strings("dropped", texts(removed.dropped()))
                  .strings("kept", texts(removed.kept()))
                  .close());
    } else if (!output.quiet()) {
      indexes.forEach(digest -> shell.out().println("removed " + digest));
      removed
          .dropped()
          .forEach(
              digest -> shell.out().println("removed " + digest + ", which nothing needs now"));
      removed
          .kept()
          .forEach(digest -> shell.out().println("kept " + digest + ", which others need"));
    }
  }

  private static List<String> texts(List<Digest> digests) {
    return digests.stream().map(Digest::toString).toList();
  }
}
