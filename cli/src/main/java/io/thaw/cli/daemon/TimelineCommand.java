package io.thaw.cli.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.StatusException;
import io.thaw.cli.output.JsonText;
import io.thaw.cli.timeline.TimelineJson;
import io.thaw.cli.timeline.TimelinePage;
import io.thaw.cli.timeline.TimelineText;
import io.thaw.proto.control.v1.TimelineRequest;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
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

/// `thaw timeline`.
@Command(
    name = "timeline",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Show where the time of a start went: what was looked for, which reads waited on what, what"
          + " the link and the daemon did meanwhile."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw timeline registry.example.com/team/app:1",
      "  thaw timeline --html start.html 3f1c0a77d2b4",
      "  thaw timeline --json registry.example.com/team/app:1 | jq .summary",
      "",
      "Exit codes: 0 shown, 1 nothing is known of it or thawd does not answer, 2 wrong usage."
    })
public final class TimelineCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(
      paramLabel = "NAME",
      description = "An image's reference or digest, a container's id, or a snapshot's key.")
  private String name = "";

  @Option(names = "--json", description = "Print everything as JSON.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with a waterfall, which needs no network.")
  private @Nullable Path html;

  @Override
  public Integer call() throws IOException {
    TimelineResponse timeline = timeline();
    if (html != null) {
      try (Writer out = Files.newBufferedWriter(html, UTF_8)) {
        TimelinePage.write(timeline, out);
      }
    }
    var out = spec.commandLine().getOut();
    if (json) {
      StringWriter text = new StringWriter();
      TimelineJson.write(timeline, text);
      out.println(JsonText.indented(text.toString()));
    } else {
      new TimelineText(timeline).print(out);
    }
    return 0;
  }

  private TimelineResponse timeline() throws IOException {
    try (DaemonClient client = daemon.connect()) {
      try {
        return client
            .calls()
            .timeline(TimelineRequest.newBuilder().setName(ImageArgument.plain(name)).build());
      } catch (StatusException e) {
        throw client.failure("show a timeline", e);
      }
    }
  }
}
