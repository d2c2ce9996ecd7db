package io.thaw.cli.builder.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.builder.intake.Decision;
import io.thaw.cli.builder.intake.Intake;
import io.thaw.cli.builder.intake.Notices;
import io.thaw.cli.builder.intake.Rules;
import io.thaw.cli.builder.notify.NotificationFormat;
import io.thaw.cli.builder.notify.NotificationReader;
import io.thaw.cli.builder.queue.JobFilter;
import io.thaw.cli.builder.queue.JobState;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.cli.builder.work.Workers;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What requests ask for, once it is clear that they may.
final class BuilderApi {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_TEXT = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Rules rules;
  private final Intake intake;
  private final JobStore store;
  private final Workers workers;
  private final Notices notices;
  private final Resolver resolver;
  private final InstantSource clock;

  /// Finds what a reference points to now.
  @FunctionalInterface
  interface Resolver {
    Digest digest(Reference reference) throws IOException;
  }

  BuilderApi(
      Rules rules,
      Intake intake,
      JobStore store,
      Workers workers,
      Notices notices,
      Resolver resolver,
      InstantSource clock) {
    this.rules = rules;
    this.intake = intake;
    this.store = store;
    this.workers = workers;
    this.notices = notices;
    this.resolver = resolver;
    this.clock = clock;
  }

  /// A registry's notification.
  ///
  /// @param format the format it must have; empty for any
  Reply notification(byte[] body, Optional<NotificationFormat> format) throws IOException {
    List<Decision> decisions = intake.take(NotificationReader.read(body, format));
    workers.wake();
    return decisions(202, decisions);
  }

  /// `{"reference": "host/repository:tag"}`, by hand.
  Reply submit(byte[] body) throws IOException {
    Reference reference;
    try {
      JsonNode text = JSON.readTree(body).path("reference");
      if (!text.isTextual()) {
        return Reply.error(400, "expected {\"reference\": \"host/repository:tag\"}");
      }
      Reference given = Reference.parse(text.textValue());
      Optional<String> host = rules.host(given.repository().host());
      if (host.isEmpty()) {
        return Reply.error(
            422, "no [[registry]] has the host " + given.repository().host() + "; declare it");
      }
      reference =
          new Reference(
              new io.thaw.registry.Repository(host.get(), given.repository().path()),
              given.tag(),
              given.digest());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return Reply.error(400, String.valueOf(e.getMessage()));
    }
    List<Decision> decisions;
    try {
      decisions = intake.take(reference, resolver.digest(reference));
    } catch (RegistryException e) {
      return Reply.error(502, String.valueOf(e.getMessage()));
    }
    workers.wake();
    boolean taken = decisions.stream().anyMatch(Decision.Taken.class::isInstance);
    return decisions(taken ? 202 : 422, decisions);
  }

  private static Reply decisions(int status, List<Decision> decisions) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode array = json.putArray("decisions");
    decisions.forEach(decision -> array.add(JobJson.decision(decision)));
    return Reply.json(status, json);
  }

  /// How the builder is: counts, what runs, what was ignored.
  Reply status() throws IOException {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("now", clock.instant().toString());
    ObjectNode counts = json.putObject("counts");
    store.counts().forEach((state, count) -> counts.put(state.label(), count));
    ArrayNode running = json.putArray("running");
    workers.running().forEach(job -> running.add(JobJson.running(job)));
    ArrayNode ignored = json.putArray("ignored");
    notices.list().forEach(notice -> ignored.add(JobJson.notice(notice)));
    return Reply.json(200, json);
  }

  /// Jobs by `state` (may be repeated), text `q` and `limit`.
  Reply jobs(Request request) throws IOException {
    Set<JobState> states = EnumSet.noneOf(JobState.class);
    for (String label : request.parameters("state")) {
      Optional<JobState> state = JobState.of(label);
      if (state.isEmpty()) {
        return Reply.error(400, "there is no such state; docs/builder.md lists them");
      }
      states.add(state.get());
    }
    String text = String.join(" ", request.parameters("q"));
    if (text.length() > MAX_TEXT) {
      return Reply.error(400, "q has at most " + MAX_TEXT + " characters");
    }
    int limit = DEFAULT_LIMIT;
    for (String number : request.parameters("limit")) {
      if (!number.matches("[0-9]{1,6}")) {
        return Reply.error(400, "limit is a number");
      }
      limit = Integer.parseInt(number);
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode jobs = json.putArray("jobs");
    store.list(new JobFilter(states, text, limit)).forEach(job -> jobs.add(JobJson.job(job)));
    return Reply.json(200, json);
  }

  /// Whether the builder can do its work: its threads are alive and its queue can be read.
  Reply health() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (!workers.healthy()) {
      return Reply.json(503, json.put("status", "a worker has died; see the log and restart"));
    }
    try {
      store.counts();
      return Reply.json(200, json.put("status", "ok"));
    } catch (IOException e) {
      return Reply.json(503, json.put("status", "the queue cannot be read; see the log"));
    }
  }
}
