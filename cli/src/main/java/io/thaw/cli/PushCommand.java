package io.thaw.cli;

import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
      "Upload an image layout, its SOCI indexes included, to a registry.",
      "",
      "Blobs the registry has are not sent again; the tag is set last. Credentials are those of"
          + " \"docker login\"."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw push --layout debian-lazy registry.example.com/debian:12",
      "  thaw push --layout app-lazy.tar --plain-http 10.0.0.5:5000/app:1.0",
      "",
      "Exit codes: 0 pushed, 1 failed, 2 wrong usage."
    })
final class PushCommand implements Callable<Integer> {
  private static final int MAX_PARALLEL = 64;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "REF", description = "host/repository:tag to push to.")
  private String reference = "";

  @Option(
      names = "--layout",
      required = true,
      paramLabel = "LAYOUT",
      description = "OCI image layout to push, a directory or a tar archive.")
  private Path source = Path.of("");

  @Option(
      names = "--plain-http",
      description = "Speak plain HTTP to the registry; localhost needs no such leave.")
  private boolean plainHttp;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "4",
      description = "Blobs sent at once (default: ${DEFAULT-VALUE}).")
  private int parallel = 4;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    Reference target = target();
    if (parallel < 1 || parallel > MAX_PARALLEL) {
      throw new ParameterException(
          spec.commandLine(), "--parallel must be between 1 and " + MAX_PARALLEL);
    }
    RegistryConfig config = RegistryConfig.defaults();
    if (plainHttp) {
      config = config.withPlainHttpHosts(Set.of(target.repository().host()));
    }
    WriteReport report;
    try (LayoutSource image = LayoutSource.open(source);
        RegistryClient registry =
            RegistryClient.create(config, DockerConfigCredentials.standard(System.getenv()))) {
      report =
          new RegistryTarget(registry, target, parallel, WriteProgress.NONE)
              .write(ImageContent.of(image));
    }
    if (json) {
      spec.commandLine().getOut().println(json(report));
    } else if (!quiet) {
      spec.commandLine()
          .getOut()
          .println(
              target
                  + "  "
                  + report.image().digest()
                  + ": "
                  + report.writtenBlobs()
                  + " blobs sent ("
                  + ByteSize.text(report.writtenBytes())
                  + "), "
                  + report.presentBlobs()
                  + " were there ("
                  + ByteSize.text(report.presentBytes())
                  + "), "
                  + report.manifests()
                  + " manifests");
    }
    return 0;
  }

  private Reference target() {
    Reference target;
    try {
      target = Reference.parse(reference);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    if (target.digest() != null) {
      throw new ParameterException(
          spec.commandLine(), reference + " names a digest; push to a tag, as in host/app:1.0");
    }
    return target;
  }

  private static String json(WriteReport report) {
    return new GoJson()
        .open()
        .string("image", report.image().digest().toString())
        .number("manifests", report.manifests())
        .number("pushedBlobs", report.writtenBlobs())
        .number("pushedBytes", report.writtenBytes())
        .number("presentBlobs", report.presentBlobs())
        .number("presentBytes", report.presentBytes())
        .close()
        .toString();
  }
}
