package io.thaw.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.output.JsonText;
import io.thaw.cli.output.Table;
import io.thaw.cli.output.TarListing;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw ztoc list`.
@Command(
    name = "list",
    aliases = "ls",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "List the zTOCs of the store, or the files of one.",
      "",
      "Without an argument: digest, size and layer of each zTOC, the newest first; with --quiet only"
          + " digests. With a zTOC: its files in tar order, as \"tar -tv\" prints them (times are in"
          + " UTC)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc ls",
      "  thaw ztoc ls --image-ref docker.io/library/python:3",
      "  thaw ztoc ls --spans layer.ztoc | grep libpython",
      "",
      "Exit codes: 0 listed, 1 failed, 2 wrong usage."
    })
final class ZtocListCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ZTOC",
      description = "Digest of a zTOC in the store, or a file: list its files.")
  private @Nullable String argument;

  @Option(
      names = "--ztoc-digest",
      paramLabel = "DIGEST",
      converter = DigestArgument.class,
      description = "Only the zTOC with this digest.")
  private @Nullable Digest digest;

  @Option(
      names = "--image-ref",
      paramLabel = "REF",
      description = "Only zTOCs of the image with this name.")
  private @Nullable String reference;

  @Option(
      names = "--spans",
      description = "With a zTOC: begin each line with the first and last span of the file.")
  private boolean spans;

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    try (Connections connections = Connections.local(spec)) {
      if (argument == null) {
        listZtocs(shell, connections);
      } else if (digest != null || reference != null) {
        throw new ParameterException(
            spec.commandLine(), "--ztoc-digest and --image-ref choose zTOCs; a zTOC was given");
      } else {
        ZtocUse.with(spec, connections, argument, (found, ztoc) -> files(ztoc, shell.out()));
      }
    }
    return 0;
  }

  private void files(Ztoc ztoc, PrintWriter out) {
    TarListing listing = new TarListing(ztoc.toc());
    for (int entry = 0; entry < ztoc.toc().count(); entry++) {
      if (spans) {
        out.print(
            String.format(
                Locale.ROOT,
                "%5d-%-5d ",
                ZtocInfoCommand.firstSpan(ztoc, entry),
                ZtocInfoCommand.lastSpan(ztoc, entry)));
      }
      listing.print(entry, out);
    }
  }

  private void listZtocs(Shell shell, Connections connections) throws IOException {
    List<StoredArtifact.Ztoc> found;
    try (Artifacts artifacts = connections.artifacts()) {
      Set<Digest> ofImage = new HashSet<>();
      if (reference != null) {
        ImageMatch.of(connections, artifacts.indexes(), reference)
            .forEach(index -> ofImage.addAll(index.ztocs()));
      }
      found =
          artifacts.all().stream()
              .filter(StoredArtifact.Ztoc.class::isInstance)
              .map(StoredArtifact.Ztoc.class::cast)
              .filter(ztoc -> digest == null || ztoc.descriptor().digest().equals(digest))
              .filter(ztoc -> reference == null || ofImage.contains(ztoc.descriptor().digest()))
              .toList();
    }
    if (digest != null && reference != null && found.isEmpty()) {
      throw new IOException(reference + " has no zTOC " + digest);
    }
    print(shell, found);
  }

  private void print(Shell shell, List<StoredArtifact.Ztoc> found) {
    if (output.json()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      for (StoredArtifact.Ztoc ztoc : found) {
        ObjectNode node =
            array
                .addObject()
                .put("digest", ztoc.descriptor().digest().toString())
                .put("size", ztoc.descriptor().sizeBytes())
                .put("layerDigest", ztoc.layer().toString())
                .put("layerMediaType", ztoc.layerMediaType())
                .put("created", ztoc.created().toString());
        ztoc.spanSizeBytes().ifPresent(size -> node.put("spanSize", size));
      }
      shell.out().println(JsonText.indented(array.toString()));
    } else if (output.quiet()) {
      found.forEach(ztoc -> shell.out().println(ztoc.descriptor().digest()));
    } else {
      Table table = new Table("DIGEST", "SIZE", "LAYER DIGEST");
      found.forEach(
          ztoc ->
              table.row(ztoc.descriptor().digest(), ztoc.descriptor().sizeBytes(), ztoc.layer()));
      table.print(shell.out());
    }
  }
}
