package io.thaw.cli;

import io.thaw.cli.options.ExistingIndexConverter;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.PlatformOptions;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.cli.options.UploadOptions;
import io.thaw.cli.output.Progress;
import io.thaw.index.ExistingIndex;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Path;
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

/// `thaw push`.
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Upload what was made for an image to its registry.",
      "",
      "Without --layout: the newest SOCI index (v1) of each platform that the store has for the image"
          + " REF of containerd, or registry://REF if there is no containerd. The image itself is"
          + " not sent. Images with v2 indexes are pushed as any other image.",
      "With --layout: a whole image layout, its indexes included, under the tag of REF.",
      "Blobs the registry has are not sent again; what names them is sent last. Credentials are those"
          + " of \"docker login\" or of --user."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw push registry.example.com/app:1.0",
      "  thaw push --existing-index skip registry://registry.example.com/app:1.0",
      "  thaw push --layout app-lazy.tar --plain-http 10.0.0.5:5000/app:1.0",
      "",
      "Exit codes: 0 pushed or skipped, 1 failed, 2 wrong usage."
    })
final class PushCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "REF", description = "The image, in its registry.")
  private String reference = "";

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description = "OCI image layout to push, a directory or a tar archive.")
  private @Nullable Path layout;

  @Option(
      names = "--existing-index",
      paramLabel = "WHAT",
      defaultValue = "warn",
      converter = ExistingIndexConverter.class,
      description =
          "If the registry has other indexes of the image: warn and push, skip, or allow without"
              + " looking (default: ${DEFAULT-VALUE}).")
  private ExistingIndex existing = ExistingIndex.WARN;

  @Mixin private PlatformOptions platforms = new PlatformOptions();

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Mixin private UploadOptions upload = new UploadOptions();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    Reference target = Place.reference(spec, reference);
    List<Platform> wanted =
        platforms.platforms(spec, shell.isSoci() ? List.of(Platform.host()) : List.of());
    int parallel = upload.parallel(spec);
    // The image is in containerd, its indexes go to a registry: both are places of this command.
    try (Connections connections = Connections.to(spec, registry, new Place.Registry(target))) {
      if (layout != null) {
        pushLayout(shell, connections, layout, target, parallel);
      } else {
        new IndexPush(shell, connections, output)
            .push(Place.parse(spec, reference, false), target, wanted, existing, parallel);
      }
    }
    return 0;
  }

  private void pushLayout(
      Shell shell, Connections connections, Path from, Reference target, int parallel)
      throws IOException {
    if (target.digest() != null) {
      throw new ParameterException(
          spec.commandLine(), reference + " names a digest; push to a tag, as in host/app:1.0");
    }
    WriteReport report;
    try (LayoutSource image = LayoutSource.open(from)) {
      report =
          new RegistryTarget(
                  connections.registry(),
                  target,
                  parallel,
                  Progress.onStandardError(shell.err(), output.quiet()))
              .write(ImageContent.of(image));
    }
    if (output.json()) {
      shell.out().println(PushOutput.json(report));
    } else if (!output.quiet()) {
      shell.out().println(target + "  " + PushOutput.text(report));
    }
  }
}
