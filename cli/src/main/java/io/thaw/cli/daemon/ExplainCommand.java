package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.thaw.proto.control.v1.ExplainRequest;
import io.thaw.proto.control.v1.ExplainResponse;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw explain`.
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tell what a pull of an image would do on this node, and why, without pulling.",
      "",
      "thawd looks for the image's index with its own configuration and credentials, and says of"
          + " each layer whether it would be lazy. What would make it lazier stands at the end."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw explain registry.example.com/team/app:1",
      "  thaw explain --platform linux/arm64 registry.example.com/team/app:1",
      "  thaw explain --json docker.io/library/python:3 | jq .mode",
      "",
      "Exit codes: 0 explained, 1 thawd or the registry does not answer, 2 wrong usage."
    })
public final class ExplainCommand implements Callable<Integer> {
  private static final long ANSWER_SECONDS = 600;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(paramLabel = "IMAGE", description = "Reference of the image in its registry.")
  private String image = "";

  @Mixin private PlatformOption platform = new PlatformOption();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    try (DaemonClient client = daemon.connect()) {
      print(explain(client));
      return 0;
    }
  }

  private ExplainResponse explain(DaemonClient client) throws IOException {
    try {
      return client
          .calls()
          .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
          .explain(
              ExplainRequest.newBuilder()
                  .setReference(ImageArgument.plain(image))
                  .setPlatform(platform.text())
                  .build());
    } catch (StatusException e) {
      throw client.failure("explain " + image, e);
    }
  }

  private void print(ExplainResponse told) {
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(StatusJson.explanation(told).toPrettyString());
    } else {
      new ExplainText(told).print(out);
    }
  }
}
