package io.thaw.cli.daemon;

import io.thaw.proto.control.v1.ProfileInfo;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile show`.
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show what starts of an image touched, layer by layer, or which images have a profile here."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile show",
      "  thaw profile show registry.example.com/team/app:1",
      "",
      "Exit codes: 0 shown, 1 there is none or thawd does not answer, 2 wrong usage."
    })
public final class ProfileShowCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(
      paramLabel = "IMAGE",
      arity = "0..1",
      description = "Reference or digest of the image; all if it is left out.")
  private String image = "";

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    try (DaemonClient client = daemon.connect()) {
      List<ProfileInfo> found =
          image.isEmpty() ? NodeProfiles.all(client, "") : List.of(NodeProfiles.one(client, image));
      if (json) {
        out.println(ProfileText.json(found));
      } else if (image.isEmpty()) {
        ProfileText.list(out, found);
      } else {
        ProfileInfo info = found.getFirst();
        ProfileText.print(out, NodeProfiles.profile(info), info.getOrigin());
      }
      return 0;
    }
  }
}
