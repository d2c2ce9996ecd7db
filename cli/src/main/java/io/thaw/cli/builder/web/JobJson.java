package io.thaw.cli.builder.web;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.builder.intake.Decision;
import io.thaw.cli.builder.intake.Notice;
import io.thaw.cli.builder.queue.Job;
import io.thaw.cli.builder.queue.Submission;
import io.thaw.cli.builder.work.JobProgress;
import io.thaw.cli.builder.work.Workers.Running;

/// How the API shows things. Times are ISO 8601 in UTC; what does not apply is absent.
final class JobJson {
  private JobJson() {}

  static ObjectNode job(Job job) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", job.id());
    json.put("repository", job.request().repository().toString());
    job.request().tag().ifPresent(tag -> json.put("tag", tag));
    json.put("digest", job.request().digest().toString());
    json.put("rule", job.request().rule());
    json.put("format", job.request().format().label());
    json.put("origin", job.request().origin());
    json.put("state", job.state().label());
    json.put("attempts", job.attempts());
    json.put("created", job.created().toString());
    if (job.state().open()) {
      json.put("due", job.due().toString());
    }
    job.started().ifPresent(at -> json.put("started", at.toString()));
    job.finished().ifPresent(at -> json.put("finished", at.toString()));
    job.result().ifPresent(result -> json.put("result", result));
    job.error()
        .ifPresent(error -> json.put("error", error.message()).put("remedy", error.remedy()));
    return json;
  }

  static ObjectNode running(Running running) {
    ObjectNode json = job(running.job());
    JobProgress.Reading progress = running.progress().read();
    json.putObject("progress")
        .put("totalBytes", progress.totalBytes())
        .put("readBytes", progress.readBytes())
        .put("layers", progress.layers())
        .put("finishedLayers", progress.finishedLayers());
    return json;
  }

  static ObjectNode notice(Notice notice) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("at", notice.at().toString())
        .put("origin", notice.origin())
        .put("image", notice.image())
        .put("explanation", notice.explanation());
  }

  static ObjectNode decision(Decision decision) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    return switch (decision) {
      case Decision.Taken(String rule, Submission submission) ->
          json.put("job", submission.job())
              .put("rule", rule)
              .put(
                  "outcome",
                  switch (submission) {
                    case Submission.Added _ -> "queued";
                    case Submission.Joined _ -> "joined";
                    case Submission.Known _ -> "known";
                  });
      case Decision.Ignored(Decision.Reason reason, String explanation) ->
          json.put("outcome", "ignored").put("explanation", explanation);
    };
  }
}
