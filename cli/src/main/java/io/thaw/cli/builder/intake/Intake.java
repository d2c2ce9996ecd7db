package io.thaw.cli.builder.intake;

import io.thaw.cli.builder.intake.Decision.Ignored;
import io.thaw.cli.builder.intake.Decision.Reason;
import io.thaw.cli.builder.intake.Decision.Taken;
import io.thaw.cli.builder.notify.Notification;
import io.thaw.cli.builder.notify.PushEvent;
import io.thaw.cli.builder.queue.JobRequest;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.cli.builder.queue.Submission;
import io.thaw.index.SociMediaTypes;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides which pushes make jobs, and puts those into the queue. Safe for many threads.
///
/// Who pushes an image chooses what its notification says, the registry's name included. So a push
/// counts only if its registry is declared, and the name used from then on is the declared one.
public final class Intake {
  private final Rules rules;
  private final JobStore store;
  private final Notices notices;
  private final InstantSource clock;
  private final IntakeEvents events;

  /// Told what was decided.
  @FunctionalInterface
  public interface IntakeEvents {
    /// A push was considered.
    ///
    /// @param origin the format of the notification, or `hand`
    void decided(String origin, Decision decision);
  }

  public Intake(
      Rules rules, JobStore store, Notices notices, InstantSource clock, IntakeEvents events) {
    this.rules = rules;
    this.store = store;
    this.notices = notices;
    this.clock = clock;
    this.events = events;
  }

  /// Takes a notification. When this returns, its jobs are on disk.
  ///
  /// @throws io.thaw.cli.builder.queue.QueueFullException if there is no room; nothing was taken
  public List<Decision> take(Notification notification) throws IOException {
    String origin = notification.format().label();
    List<Decision> decisions = new ArrayList<>();
    List<JobRequest> requests = new ArrayList<>();
    List<Notice> ignored = new ArrayList<>();
    for (PushEvent push : notification.pushes()) {
      switch (consider(push, origin)) {
        case Wanted wanted -> requests.addAll(wanted.requests());
        case Unwanted unwanted -> {
          Ignored why = unwanted.why();
          decisions.add(why);
          // Every image of several platforms is announced with all its manifests first.
          if (why.reason() != Reason.UNTAGGED) {
            ignored.add(new Notice(clock.instant(), origin, push.image(), why.explanation()));
          }
        }
      }
    }
    decisions.addAll(queue(requests, false));
    decisions.forEach(decision -> events.decided(origin, decision));
    ignored.forEach(notices::add);
    return decisions;
  }

  /// Takes an image by hand: what is done already is done again.
  ///
  /// @param digest what the reference points to now
  public List<Decision> take(Reference reference, Digest digest) throws IOException {
    Repository repository = reference.repository();
    Optional<String> tag = Optional.ofNullable(reference.tag());
    Optional<Ignored> obstacle = obstacle(tag, digest, "");
    List<JobRequest> requests =
        obstacle.isPresent() ? List.of() : rules.requests(repository, tag, digest, "hand");
    List<Decision> decisions =
        obstacle.isPresent()
            ? List.of(obstacle.get())
            : requests.isEmpty() ? List.of(noRule(repository, tag)) : queue(requests, true);
    decisions.forEach(decision -> events.decided("hand", decision));
    return decisions;
  }

  private List<Decision> queue(List<JobRequest> requests, boolean again) throws IOException {
    if (requests.isEmpty()) {
      return List.of();
    }
    List<Submission> submissions = store.submit(requests, again);
    List<Decision> taken = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      taken.add(new Taken(requests.get(i).rule(), submissions.get(i)));
    }
    return taken;
  }

  private sealed interface Considered {}

  private record Wanted(List<JobRequest> requests) implements Considered {}

  private record Unwanted(Ignored why) implements Considered {}

  private Considered consider(PushEvent push, String origin) throws IOException {
    Optional<String> host = rules.host(push.host());
    if (host.isEmpty()) {
      return new Unwanted(
          new Ignored(
              Reason.UNKNOWN_REGISTRY,
              "no [[registry]] has this host among its names; declare it, or add it to aliases"));
    }
    Repository repository;
    Digest digest;
    Optional<String> tag = push.tag().isEmpty() ? Optional.empty() : Optional.of(push.tag());
    try {
      repository = new Repository(host.get(), push.repository());
      digest = Digest.parse(push.digest());
      // The constructor checks the tag.
      new Reference(repository, tag.orElse(null), digest).identifier();
    } catch (IllegalArgumentException e) {
      return new Unwanted(new Ignored(Reason.INVALID, "not a valid image name: " + e.getMessage()));
    }
    if (tag.isEmpty()) {
      return new Unwanted(
          new Ignored(
              Reason.UNTAGGED, "pushed by digest, without a tag: part of an image, usually"));
    }
    Optional<Ignored> obstacle = obstacle(tag, digest, push.mediaType());
    if (obstacle.isPresent()) {
      return new Unwanted(obstacle.get());
    }
    List<JobRequest> requests = rules.requests(repository, tag, digest, origin);
    return requests.isEmpty() ? new Unwanted(noRule(repository, tag)) : new Wanted(requests);
  }

  /// Keeps the builder from indexing what it made itself, and what is no image.
  private Optional<Ignored> obstacle(Optional<String> tag, Digest digest, String mediaType)
      throws IOException {
    if (tag.filter(rules::isOwnTag).isPresent()) {
      return Optional.of(
          new Ignored(Reason.OWN, "the tag ends like those the builder makes (rule.tag_suffix)"));
    }
    if (tag.filter(Rules::isFallbackTag).isPresent()) {
      return Optional.of(new Ignored(Reason.ARTIFACT, "the tag lists what refers to an image"));
    }
    if (mediaType.equals(SociMediaTypes.INDEX_V1) || mediaType.equals(SociMediaTypes.INDEX_V2)) {
      return Optional.of(new Ignored(Reason.ARTIFACT, "it is a SOCI index, not an image"));
    }
    if (store.isOwn(digest)) {
      return Optional.of(new Ignored(Reason.OWN, "the builder pushed this manifest itself"));
    }
    return Optional.empty();
  }

  private static Ignored noRule(Repository repository, Optional<String> tag) {
    return new Ignored(
        Reason.NO_RULE,
        "no [[rule]] wants "
            + repository
            + tag.map(name -> ":" + name).orElse(" without a tag (only v1 rules can)"));
  }
}
