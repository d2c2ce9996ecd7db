package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.thaw.cli.options.OutputOptions;
import io.thaw.proto.control.v1.RemoveProfilesRequest;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile remove`.
@Command(
    name = "remove",
    aliases = "rm",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {"Forget the start profile of an image on this node."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile remove registry.example.com/team/app:1",
      "",
      "Exit codes: 0 removed, 1 there was none or thawd does not answer, 2 wrong usage."
    })
public final class ProfileRemoveCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(paramLabel = "IMAGE", description = "Reference or digest of the image.")
  private String image = "";

  @Override
  public Integer call() throws IOException {
    try (DaemonClient client = daemon.connect()) {
      int removed =
          client
              .calls()
              .removeProfiles(
                  RemoveProfilesRequest.newBuilder().setName(ImageArgument.plain(image)).build())
              .getProfiles();
      if (removed == 0) {
        throw new IOException(
            "there is no start profile of "
                + image
                + "; \"thaw profile show\" lists those there are");
      }
      if (output.json()) {
        spec.commandLine().getOut().println("{\"removed\": " + removed + "}");
      } else if (!output.quiet()) {
        spec.commandLine().getOut().println("removed " + removed);
      }
      return 0;
    } catch (StatusException e) {
      throw new IOException("thawd did not remove it: " + e.getStatus().getDescription(), e);
    }
  }
}
