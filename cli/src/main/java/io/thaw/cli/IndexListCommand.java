package io.thaw.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.options.GoDuration;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.PlatformConverter;
import io.thaw.cli.output.JsonText;
import io.thaw.cli.output.Table;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.Platform;
import io.thaw.index.store.StoredArtifact;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `thaw index list`.
@Command(
    name = "list",
    aliases = "ls",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {"List SOCI indexes, the newest first.", "", "With --quiet only their digests."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw index ls",
      "  thaw index ls -q --ref docker.io/library/python:3",
      "  thaw index ls --platform linux/arm64 --json",
      "",
      "Exit codes: 0 listed, 1 failed, 2 wrong usage."
    })
final class IndexListCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--ref",
      paramLabel = "REF",
      description = "Only indexes of the image with this name.")
  private @Nullable String reference;

  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      split = ",",
      converter = PlatformConverter.class,
      description = "Only indexes for this platform; may be repeated.")
  private List<Platform> platforms = new ArrayList<>();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    List<StoredArtifact.Index> found;
    try (Connections connections = Connections.local(spec);
        Artifacts artifacts = connections.artifacts()) {
      List<StoredArtifact.Index> all = artifacts.indexes();
      found = reference == null ? all : ImageMatch.of(connections, all, reference);
    }
    found = found.stream().filter(this::isWanted).toList();
    if (output.json()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      found.forEach(index -> array.add(json(index)));
      shell.out().println(JsonText.indented(array.toString()));
    } else if (output.quiet()) {
      found.forEach(index -> shell.out().println(index.descriptor().digest()));
    } else {
      table(found, Instant.now()).print(shell.out());
    }
    return 0;
  }

  private boolean isWanted(StoredArtifact.Index index) {
    return platforms.isEmpty()
        || index.platform().filter(p -> platforms.stream().anyMatch(p::matches)).isPresent();
  }

  private static Table table(List<StoredArtifact.Index> indexes, Instant now) {
    Table table =
        new Table(
            "DIGEST", "SIZE", "IMAGE REF", "PLATFORM", "MEDIA TYPE", "MANIFEST VERSION", "CREATED");
    for (StoredArtifact.Index index : indexes) {
      for (String name : index.names().isEmpty() ? List.of("") : index.names()) {
        table.row(
            index.descriptor().digest(),
            index.descriptor().sizeBytes(),
            name,
            index.platform().map(Platform::toString).orElse(""),
            index.descriptor().mediaType(),
            version(index.version()),
            age(index.created(), now));
      }
    }
    return table;
  }

  static String version(SociIndex.Version version) {
    return switch (version) {
      case V1 -> "v1";
      case V2 -> "v2";
    };
  }

  static String age(Instant created, Instant now) {
    return GoDuration.seconds(Duration.between(created, now)) + " ago";
  }

  private static ObjectNode json(StoredArtifact.Index index) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("digest", index.descriptor().digest().toString())
            .put("size", index.descriptor().sizeBytes())
            .put("mediaType", index.descriptor().mediaType())
            .put("version", version(index.version()))
            .put("created", index.created().toString());
    index.platform().ifPresent(p -> node.put("platform", p.toString()));
    index.manifest().ifPresent(d -> node.put("manifest", d.toString()));
    index.image().ifPresent(d -> node.put("image", d.toString()));
    index.names().forEach(node.putArray("imageRefs")::add);
    index.ztocs().forEach(d -> node.withArray("ztocs").add(d.toString()));
    return node;
  }
}
