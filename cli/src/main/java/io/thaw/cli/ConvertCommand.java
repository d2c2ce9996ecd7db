package io.thaw.cli;

import io.thaw.cli.options.ContentStoreKind;
import io.thaw.cli.options.GlobalOptions;
import io.thaw.cli.options.IndexingOptions;
import io.thaw.cli.options.LayoutFormatConverter;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.PlatformOptions;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.cli.options.StandaloneOption;
import io.thaw.cli.options.UploadOptions;
import io.thaw.cli.output.Progress;
import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.ConvertReport;
import io.thaw.index.Converter;
import io.thaw.index.SociIndexReader;
import io.thaw.index.ZtocSupply;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.ImageTarget;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.ImageFacts;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw convert`.
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Make an image that can start lazily (SOCI index v2) out of another one.",
      "",
      "The layers stay as they are. An argument registry://REF is an image in a registry; others are"
          + " images of containerd, or with --standalone OCI image layouts. All pairs work. From"
          + " registry to registry layers are read as they stream by and are never stored.",
      "DST appears when all is done. Without --platform all platforms that are there are indexed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw convert registry://registry.example.com/app:1 registry://registry.example.com/app:1-soci",
      "  thaw convert docker.io/library/python:3 docker.io/library/python:3-soci",
      "  thaw convert --standalone --format oci-dir debian debian-lazy",
      "  thaw convert --standalone app.tar registry://registry.example.com/app:1",
      "",
      "Exit codes: 0 converted, 1 failed (also if no layer was indexed), 2 wrong usage."
    })
final class ConvertCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "SRC", description = "The image.")
  private String source = "";

  @Parameters(index = "1", paramLabel = "DST", description = "Where the result is written.")
  private String destination = "";

  @Mixin private StandaloneOption standalone = new StandaloneOption();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "oci-archive",
      converter = LayoutFormatConverter.class,
      description =
          "Of a layout that is written: oci-dir or oci-archive (default: ${DEFAULT-VALUE}).")
  private LayoutFormat format = LayoutFormat.OCI_ARCHIVE;

  @Mixin private IndexingOptions indexing = new IndexingOptions();

  @Mixin private PlatformOptions platforms = new PlatformOptions();

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Mixin private UploadOptions upload = new UploadOptions();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    Place from = Place.parse(spec, source, standalone.value());
    Place to = Place.parse(spec, destination, standalone.value());
    ConvertOptions options =
        indexing
            .options(spec)
            .withPlatforms(
                platforms.platforms(spec, shell.isSoci() ? List.of(Platform.host()) : List.of()));
    ConvertProgress progress = Progress.onStandardError(shell.err(), output.quiet());
    ConvertReport report;
    try (Connections connections = Connections.to(spec, registry, from, to)) {
      ImageTarget target = connections.target(to, format, upload.parallel(spec), progress);
      try (ImageSource image = connections.source(from);
          Store store = new Store(keepsArtifacts(from, to) ? connections.artifacts() : null);
          Scratch scratch = store.scratch(to)) {
        Conversion conversion =
            new Converter(options, progress, store.supply()).convert(image, scratch.directory());
        target.write(conversion.content());
        report = conversion.report();
        store.add(conversion, to, target.name());
      }
    }
    print(shell, report);
    return 0;
  }

  /// Layouts and registries need no store, so that a build machine needs no place for one; they use
  /// one that is named. In containerd's own store the image itself keeps its indexes.
  private boolean keepsArtifacts(Place from, Place to) {
    GlobalOptions global = Shell.of(spec).global();
    boolean containerd = from instanceof Place.Containerd || to instanceof Place.Containerd;
    return global.contentStore() == ContentStoreKind.OWN && (containerd || global.isRootGiven());
  }

  /// Where zTOCs come from and go to, besides the image.
  private record Store(@Nullable Artifacts artifacts) implements AutoCloseable {
    ZtocSupply supply() {
      return artifacts == null ? ZtocSupply.NONE : artifacts.supply();
    }

    Scratch scratch(Place to) throws IOException {
      return switch (to) {
        case Place.Layout layout -> Scratch.beside(layout.path());
        case Place.Registry _, Place.Containerd _ ->
            artifacts == null
                ? Scratch.beside(Path.of(System.getProperty("java.io.tmpdir"), "image"))
                : artifacts.scratch();
      };
    }

    void add(Conversion conversion, Place to, String name) throws IOException {
      if (artifacts == null) {
        return;
      }
      Map<Digest, byte[]> manifests = new HashMap<>();
      for (Map.Entry<Descriptor, byte[]> manifest : conversion.content().manifests().entrySet()) {
        manifests.put(manifest.getKey().digest(), manifest.getValue());
      }
      for (ConvertReport.PlatformReport platform : conversion.report().platforms()) {
        byte[] index = platform.index().isPresent() ? manifests.get(platform.index().get()) : null;
        if (index != null) {
          artifacts.add(
              SociIndexReader.read(index),
              conversion.content().made(),
              new ImageFacts(
                  Optional.of(to instanceof Place.Layout ? to.toString() : name),
                  conversion.report().image().digest(),
                  platform.manifest(),
                  Optional.of(platform.platform())));
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (artifacts != null) {
        artifacts.close();
      }
    }
  }

  private void print(Shell shell, ConvertReport report) {
    if (output.json()) {
      shell.out().println(ConvertOutput.json(report));
    } else if (!output.quiet()) {
      ConvertOutput.print(
          report, "wrote " + destination + "  " + report.image().digest(), shell.out());
    }
    if (!output.quiet()) {
      report.notes().forEach(shell::note);
    }
  }
}
