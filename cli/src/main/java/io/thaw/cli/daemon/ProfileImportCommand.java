package io.thaw.cli.daemon;

import com.google.protobuf.ByteString;
import io.grpc.StatusException;
import io.thaw.cli.options.OutputOptions;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfileJson;
import io.thaw.proto.control.v1.ImportProfileRequest;
import io.thaw.proto.control.v1.ProfileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw profile import`.
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Give this node a start profile that was recorded elsewhere, also before the image is"
          + " pulled.",
      "",
      "It takes the place of what is known of the image, and goes when the image is removed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw profile import app.json",
      "",
      "Exit codes: 0 kept, 1 it is no profile or thawd does not answer, 2 wrong usage."
    })
public final class ProfileImportCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(
      paramLabel = "FILE",
      description = "What \"thaw profile export\" wrote; - is standard input.")
  private String file = "";

  @Override
  public Integer call() throws IOException {
    StartProfile profile = file.equals("-") ? read(System.in) : NodeProfiles.read(Path.of(file));
    try (DaemonClient client = daemon.connect()) {
      ProfileInfo kept =
          client
              .calls()
              .importProfile(
                  ImportProfileRequest.newBuilder()
                      .setDocument(ByteString.copyFrom(StartProfileJson.write(profile)))
                      .build());
      var out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(ProfileText.json(List.of(kept)));
      } else if (!output.quiet()) {
        out.println(kept.getManifestDigest() + "  " + ProfileText.summary(profile));
      }
      return 0;
    } catch (StatusException e) {
      throw new IOException("thawd did not take the profile: " + e.getStatus().getDescription(), e);
    }
  }

  private static StartProfile read(InputStream in) throws IOException {
    byte[] json = in.readNBytes(StartProfileJson.MAX_BYTES + 1);
    try {
      return StartProfileJson.read(json);
    } catch (MalformedManifestException e) {
      throw new IOException("standard input is no start profile: " + e.getMessage(), e);
    }
  }
}
