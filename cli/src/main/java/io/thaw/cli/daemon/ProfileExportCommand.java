package io.thaw.cli.daemon;

import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfileJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile export`.
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {"Write an image's start profile, as JSON, to a file or to standard output."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile export -o app.json registry.example.com/team/app:1",
      "  thaw profile export registry.example.com/team/app:1 | ssh node2 thaw profile import -",
      "",
      "Exit codes: 0 written, 1 there is none or thawd does not answer, 2 wrong usage."
    })
public final class ProfileExportCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(paramLabel = "IMAGE", description = "Reference or digest of the image.")
  private String image = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it (default: standard output).")
  private @Nullable Path output;

  @Override
  public Integer call() throws IOException {
    StartProfile profile = NodeProfiles.of(daemon, image);
    byte[] json = StartProfileJson.write(profile);
    if (output == null) {
      spec.commandLine().getOut().println(new String(json, StandardCharsets.UTF_8));
    } else {
      Files.write(output, json);
    }
    return 0;
  }
}
