package io.thaw.cli;

import io.thaw.cli.options.IndexingOptions;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.PlatformOptions;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.cli.options.StandaloneOption;
import io.thaw.cli.output.Progress;
import io.thaw.index.ConvertReport;
import io.thaw.index.ConvertReport.PlatformReport;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder;
import io.thaw.index.IndexBuilder.BuiltIndex;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.IndexBuilder.Outcome;
import io.thaw.index.NothingToIndexException;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.ImageFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw create`.
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Make SOCI indexes (v1) for an image and keep them in the store; \"thaw push\" uploads them.",
      "",
      "The image stays as it is. REF is an image of containerd, registry://REF one in a registry,"
          + " and with --standalone an OCI image layout. Without --platform all platforms that are"
          + " there are indexed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw create docker.io/library/python:3",
      "  thaw create --span-size 1MiB --platform linux/arm64 registry://registry.example.com/app:1",
      "  thaw --content-store containerd create registry.example.com/app:1",
      "",
      "Exit codes: 0 created, 1 failed (also if no layer was indexed), 2 wrong usage."
    })
final class CreateCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "REF", description = "The image.")
  private String reference = "";

  @Mixin private StandaloneOption standalone = new StandaloneOption();

  @Mixin private IndexingOptions indexing = new IndexingOptions();

  @Mixin private PlatformOptions platforms = new PlatformOptions();

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    Place place = Place.parse(spec, reference, standalone.value());
    List<Platform> wanted =
        platforms.platforms(spec, shell.isSoci() ? List.of(Platform.host()) : List.of());
    ConvertReport report;
    try (Connections connections = Connections.to(spec, registry, place);
        ImageSource source = connections.source(place);
        Artifacts artifacts = connections.artifacts();
        Scratch scratch = artifacts.scratch()) {
      IndexBuilder builder =
          new IndexBuilder(
              source,
              indexing.options(spec),
              Progress.onStandardError(shell.err(), output.quiet()),
              scratch.directory(),
              artifacts.supply());
      List<Outcome> outcomes =
          builder.build(Converter.images(source, wanted), SociIndex.Version.V1);
      report = report(source, outcomes, builder.missingPrefetchFiles());
      for (Outcome outcome : outcomes) {
        if (outcome.index().isPresent()) {
          BuiltIndex built = outcome.index().get();
          artifacts.add(built.index(), built.blobs(), facts(place, source, outcome.image()));
        }
      }
    }
    print(shell, report);
    return 0;
  }

  private static ImageFacts facts(Place place, ImageSource source, Image image) throws IOException {
    return new ImageFacts(
        Optional.of(place instanceof Place.Layout ? place.toString() : source.name()),
        source.root().digest(),
        image.descriptor().digest(),
        image.descriptor().platform());
  }

  private static ConvertReport report(
      ImageSource source, List<Outcome> outcomes, List<String> missing) throws IOException {
    List<PlatformReport> reports = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      reports.add(
          new PlatformReport(
              outcome.image().descriptor().platform().orElseGet(Platform::host),
              outcome.image().descriptor().digest(),
              outcome.index().map(built -> built.descriptor().digest()),
              outcome.layers()));
    }
    ConvertReport report =
        new ConvertReport(
            source.root().target(),
            reports,
            missing.stream().map(p -> "prefetch file " + p + " is in no indexed layer").toList());
    if (report.indexedLayers() == 0) {
      throw new NothingToIndexException(
          "No layer of " + source.name() + " was indexed (" + ConvertOutput.reasons(report) + ")");
    }
    return report;
  }

  private void print(Shell shell, ConvertReport report) {
    if (output.json()) {
      shell.out().println(ConvertOutput.json(report));
    } else if (output.quiet()) {
      if (!shell.isSoci()) {
        report
            .platforms()
            .forEach(platform -> platform.index().ifPresent(index -> shell.out().println(index)));
      }
    } else {
      ConvertOutput.print(report, "stored for " + reference, shell.out());
    }
    if (!output.quiet()) {
      report.notes().forEach(shell::note);
    }
  }
}
