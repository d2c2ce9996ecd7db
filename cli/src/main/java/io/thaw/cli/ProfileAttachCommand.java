package io.thaw.cli;

import io.thaw.cli.daemon.DaemonOption;
import io.thaw.cli.daemon.NodeProfiles;
import io.thaw.cli.options.ByteSize;
import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.index.oci.GoJson;
import io.thaw.index.start.ProfileAttachment;
import io.thaw.index.start.StartProfile;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile attach`.
@Command(
    name = "attach",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Attach a start profile to the image's SOCI index in its registry, so that all nodes fetch by"
          + " it.",
      "",
      "It becomes prefetch artifacts, which AWS's SOCI snapshotter reads, too. The index gets a new"
          + " digest; with a v2 index the image manifest and the tag change as well, layers and"
          + " zTOCs never do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile attach registry.example.com/team/app:1",
      "  thaw profile attach --profile app.json registry.example.com/team/app:1",
      "",
      "Exit codes: 0 attached, 1 failed, 2 wrong usage."
    })
final class ProfileAttachCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(paramLabel = "IMAGE", description = "Reference of the image, with a tag.")
  private String image = "";

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "What \"thaw profile export\" wrote (default: ask thawd on this node).")
  private @Nullable Path file;

  @Mixin private RegistryOptions registry = new RegistryOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    Reference reference = Place.reference(spec, image);
    if (reference.digest() != null || reference.tag() == null) {
      throw new ParameterException(
          spec.commandLine(), image + " names no tag; attach to a tag, as in host/app:1.0");
    }
    StartProfile profile =
        file == null ? NodeProfiles.of(daemon, reference.toString()) : NodeProfiles.read(file);
    try (Connections connections = Connections.to(spec, registry, new Place.Registry(reference))) {
      tell(shell, new ProfileAttachment(connections.registry()).attach(reference, profile));
    }
    return 0;
  }

  private void tell(Shell shell, ProfileAttachment.Report report) {
    Optional<Digest> first = report.firstListed();
    first.ifPresent(
        digest ->
            shell.note(
                "the registry lists another index first, "
                    + digest
                    + ", which nodes will take; delete that manifest in the registry"));
    if (output.json()) {
      GoJson json =
          new GoJson()
              .open()
              .string("image", report.image().toString())
              .string("sociIndex", report.index().toString())
              .string("replaced", report.replaced().toString())
              .number("layers", report.layers())
              .number("spans", report.spans())
              .number("bytes", report.bytes());
      first.ifPresent(digest -> json.string("firstListed", digest.toString()));
      shell.out().println(json.close());
    } else if (output.quiet()) {
      shell.out().println(report.index());
    } else {
      boolean same = report.index().equals(report.replaced());
      shell
          .out()
          .println(
              "%s  %s%d spans of %d layers, %s"
                  .formatted(
                      report.index(),
                      same ? "as it was: " : "",
                      report.spans(),
                      report.layers(),
                      ByteSize.text(report.bytes())));
    }
  }
}
