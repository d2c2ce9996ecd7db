package io.thaw.cli.builder;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.cli.builder.BuilderClient.Answer;
import io.thaw.cli.builder.web.Secrets;
import io.thaw.config.BuilderConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw builder submit`.
@Command(
    name = "submit",
    mixinStandardHelpOptions = true,
    description = {
      "Have the running builder index an image, as if it had been pushed now.",
      "",
      "An image that is done already is done again. The rules decide how; an image no rule wants is"
          + " refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw builder submit registry.example.com/apps/web:1.0",
      "",
      "Exit codes: 0 queued, 1 refused or no builder, 2 wrong usage."
    })
final class BuilderSubmitCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private ConfigOption config = new ConfigOption();

  @Parameters(paramLabel = "REF", description = "host/repository:tag, or with a digest.")
  private String reference = "";

  @Option(names = "--json", description = "Print the builder's answer as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    BuilderConfig settings = config.load();
    Secrets secrets = Secrets.forClient(settings, System.getenv());
    try (BuilderClient client = new BuilderClient(settings.listen(), secrets.secret())) {
      Answer answer = client.post("/api/jobs", Map.of("reference", reference));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer.body().toPrettyString());
      } else if (answer.status() == 202) {
        answer.body().path("decisions").forEach(decision -> print(decision, out));
      } else {
        spec.commandLine().getErr().println("thaw: " + refusal(answer));
      }
      return answer.status() == 202 ? 0 : 1;
    }
  }

  private static void print(JsonNode decision, PrintWriter out) {
    out.println(
        "job "
            + decision.path("job").asLong()
            + " by rule "
            + decision.path("rule").asText()
            + (decision.path("outcome").asText().equals("joined") ? " (under way already)" : ""));
  }

  private static String refusal(Answer answer) {
    JsonNode error = answer.body().path("error");
    return error.isTextual()
        ? error.asText()
        : answer.body().path("decisions").path(0).path("explanation").asText();
  }
}
