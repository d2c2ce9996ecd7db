package io.thaw.cli.builder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.builder.BuilderClient.Answer;
import io.thaw.cli.builder.web.Secrets;
import io.thaw.config.BuilderConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `thaw builder status`.
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Show what the running builder does, has done, and could not do.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw builder status --limit 50",
      "  thaw builder status --json",
      "",
      "Exit codes: 0 shown, 1 no builder answers, 2 wrong usage."
    })
final class BuilderStatusCommand implements Callable<Integer> {
  private static final int MAX_LIMIT = 500;

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private ConfigOption config = new ConfigOption();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "Jobs shown, the latest first (default: ${DEFAULT-VALUE}).")
  private int limit = 20;

  @Option(names = "--json", description = "Print everything as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    BuilderConfig settings = config.load();
    Secrets secrets = Secrets.forClient(settings, System.getenv());
    try (BuilderClient client =
        new BuilderClient(settings.listen(), secrets.readSecret().orElse(secrets.secret()))) {
      JsonNode status = require(client.get("/api/status"));
      int jobs = Math.clamp(limit, 1, MAX_LIMIT);
      JsonNode list = require(client.get("/api/jobs?limit=" + jobs)).path("jobs");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(((ObjectNode) status).set("jobs", list).toPrettyString());
      } else {
        print(client.base(), status, list, out);
      }
      return 0;
    }
  }

  private static JsonNode require(Answer answer) throws IOException {
    if (answer.status() != 200) {
      throw new IOException(
          "the builder answered " + answer.status() + ": " + answer.body().path("error").asText());
    }
    return answer.body();
  }

  private static void print(String base, JsonNode status, JsonNode jobs, PrintWriter out) {
    List<String> counts = new ArrayList<>();
    status
        .path("counts")
        .properties()
        .forEach(count -> counts.add(count.getValue().asLong() + " " + count.getKey()));
    out.println(base + "/  " + String.join(", ", counts));
    if (jobs.isEmpty()) {
      return;
    }
    out.println();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("JOB", "STATE", "TRY", "FORMAT", "IMAGE", "DETAIL"));
    for (JsonNode job : jobs) {
      rows.add(
          List.of(
              job.path("id").asText(),
              job.path("state").asText(),
              job.path("attempts").asText(),
              job.path("format").asText(),
              image(job),
              detail(job, status.path("running"))));
    }
    printTable(rows, out);
  }

  private static String image(JsonNode job) {
    String tag = job.path("tag").asText();
    return job.path("repository").asText()
        + (tag.isEmpty() ? "@" + job.path("digest").asText() : ":" + tag);
  }

  private static String detail(JsonNode job, JsonNode running) {
    for (JsonNode one : running) {
      long total = one.path("progress").path("totalBytes").asLong();
      if (one.path("id").asLong() == job.path("id").asLong() && total > 0) {
        return one.path("progress").path("readBytes").asLong() * 100 / total + "% read";
      }
    }
    if (job.has("error")) {
      return (job.path("error").asText() + " " + job.path("remedy").asText()).strip();
    }
    return job.path("result").asText();
  }

  private static void printTable(List<List<String>> rows, PrintWriter out) {
    int columns = rows.getFirst().size();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns - 1; column++) {
        int at = column;
        int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
      }
      out.println(line.append(row.getLast()).toString().stripTrailing());
    }
  }
}
