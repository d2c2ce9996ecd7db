package io.thaw.cli.builder.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.builder.intake.Decision.Ignored;
import io.thaw.cli.builder.intake.Decision.Reason;
import io.thaw.cli.builder.intake.Decision.Taken;
import io.thaw.cli.builder.notify.Notification;
import io.thaw.cli.builder.notify.NotificationFormat;
import io.thaw.cli.builder.notify.PushEvent;
import io.thaw.cli.builder.queue.Job;
import io.thaw.cli.builder.queue.JobFilter;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.cli.builder.queue.ManualClock;
import io.thaw.cli.builder.queue.RetryPlan;
import io.thaw.cli.builder.queue.Submission;
import io.thaw.config.BuilderConfig;
import io.thaw.index.SociMediaTypes;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IntakeTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String CONFIG =
      """
      [[registry]]
      host = "r.example.com"
      aliases = ["10.0.0.5:5000"]
      [[rule]]
      name = "exact"
      images = ["r.example.com/team/app"]
      tags = ["v*"]
      tag_suffix = "-lazy"
      [[rule]]
      name = "wide"
      images = ["r.example.com/team/**"]
      exclude = ["r.example.com/team/secret/**"]
      [[rule]]
      name = "refer"
      format = "v1"
      images = ["r.example.com/team/app"]
      """;

  @TempDir Path dir;

  private final Notices notices = new Notices();
  private final ManualClock clock = new ManualClock();
  private final List<Decision> told = new ArrayList<>();
  private JobStore store;
  private Intake intake;

  @BeforeEach
  void open() throws IOException {
    store =
        JobStore.open(
            dir.resolve("queue.db"),
            new JobStore.Limits(
                100, 100, new RetryPlan(3, Duration.ofSeconds(1), Duration.ofSeconds(1))),
            clock,
            RandomGenerator.getDefault());
    Rules rules = new Rules(BuilderConfig.parse("b.toml", CONFIG));
    intake = new Intake(rules, store, notices, clock, (_, decision) -> told.add(decision));
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void theFirstRuleOfEachFormatThatWantsTheImageHasIt() throws IOException {
    assertThat(rulesOf(push("r.example.com", "team/app", "v1"))).containsExactly("exact", "refer");
    assertThat(rulesOf(push("r.example.com", "team/app", "1"))).containsExactly("wide", "refer");
    assertThat(rulesOf(push("r.example.com", "team/a/b", "1"))).containsExactly("wide");
  }

  @Test
  void anAliasBecomesTheDeclaredHost() throws IOException {
    take(push("10.0.0.5:5000", "team/app", "v1"));

    assertThat(jobs())
        .extracting(job -> job.request().repository().host())
        .containsOnly("r.example.com");
  }

  @Test
  void aRegistryThatIsNotDeclaredIsNeverFollowed() throws IOException {
    assertIgnored(push("evil.example.com", "team/app", "v1"), Reason.UNKNOWN_REGISTRY);
    assertIgnored(push("", "team/app", "v1"), Reason.UNKNOWN_REGISTRY);
    assertIgnored(push("r.example.com.evil.com", "team/app", "v1"), Reason.UNKNOWN_REGISTRY);
  }

  @Test
  void whatIsNoImageNameIsIgnoredAndShownAsItWas() throws IOException {
    String hostile = "<img src=x onerror=alert(1)>";

    assertIgnored(push("r.example.com", hostile, "v1"), Reason.INVALID);
    assertIgnored(push("r.example.com", "../../etc", "v1"), Reason.INVALID);
    assertIgnored(push("r.example.com", "team/app", "a b"), Reason.INVALID);
    assertIgnored(
        new PushEvent("r.example.com", "team/app", "v1", "sha256:abc", ""), Reason.INVALID);
    assertThat(notices.list().getLast().image()).isEqualTo("r.example.com/" + hostile + ":v1");
  }

  @Test
  void whatTheBuilderMakesItselfDoesNotComeBackToIt() throws IOException {
    assertIgnored(push("r.example.com", "team/app", "v1-lazy"), Reason.OWN);
    assertIgnored(push("r.example.com", "team/app", "v1-soci"), Reason.OWN);
    assertIgnored(push("r.example.com", "team/app", "sha256-" + "a".repeat(64)), Reason.ARTIFACT);
    assertIgnored(
        push("r.example.com", "team/app", "sha256-" + "a".repeat(64) + ".sig"), Reason.ARTIFACT);
    assertIgnored(push("r.example.com", "team/app", ""), Reason.UNTAGGED);
    for (String type : List.of(SociMediaTypes.INDEX_V1, SociMediaTypes.INDEX_V2)) {
      assertIgnored(
          new PushEvent("r.example.com", "team/app", "v1", DIGEST, type), Reason.ARTIFACT);
    }
    assertThat(jobs()).isEmpty();
  }

  @Test
  void itsOwnManifestUnderAnotherTagIsIgnoredToo() throws IOException {
    take(push("r.example.com", "team/other", "1"));
    store.done(store.claim().orElseThrow().id(), "indexed", List.of(Digest.parse(DIGEST)));

    assertIgnored(push("r.example.com", "team/app", "promoted"), Reason.OWN);
  }

  @Test
  void anExcludedRepositoryMakesNoJobAndSaysSo() throws IOException {
    assertIgnored(push("r.example.com", "team/secret/x", "1"), Reason.NO_RULE);
    assertThat(notices.list().getFirst().explanation())
        .isEqualTo("no [[rule]] wants r.example.com/team/secret/x:1");
  }

  @Test
  void oneOddEventDoesNotKeepTheOthersOut() throws IOException {
    List<Decision> decisions =
        take(
            push("evil.example.com", "x", "1"),
            push("r.example.com", "team/a", "1"),
            push("r.example.com", "team/b", "1"));

    assertThat(decisions).filteredOn(Taken.class::isInstance).hasSize(2);
    assertThat(told).hasSize(3);
  }

  @Test
  void theSamePushTwiceInOneNotificationIsOneJob() throws IOException {
    List<Decision> decisions =
        take(push("r.example.com", "team/a", "1"), push("r.example.com", "team/a", "1"));

    assertThat(decisions)
        .containsExactly(
            new Taken("wide", new Submission.Added(1)),
            new Taken("wide", new Submission.Joined(1)));
  }

  @Test
  void byHandADigestWithoutATagIsForV1RulesOnly() throws IOException {
    Digest digest = Digest.parse(DIGEST);

    assertThat(intake.take(Reference.parse("r.example.com/team/app@" + DIGEST), digest))
        .containsExactly(new Taken("refer", new Submission.Added(1)));
    assertThat(intake.take(Reference.parse("r.example.com/team/x@" + DIGEST), digest))
        .singleElement()
        .isInstanceOfSatisfying(
            Ignored.class,
            ignored -> assertThat(ignored.explanation()).contains("only v1 rules can"));
  }

  @Test
  void byHandTheBuildersOwnTagIsRefusedToo() throws IOException {
    assertThat(intake.take(Reference.parse("r.example.com/team/app:v1-lazy"), Digest.parse(DIGEST)))
        .singleElement()
        .isInstanceOf(Ignored.class);
  }

  @Test
  void aPushByDigestIsTooCommonToBeShown() throws IOException {
    assertIgnored(push("r.example.com", "team/app", ""), Reason.UNTAGGED);

    assertThat(notices.list()).isEmpty();
  }

  @Test
  void onlyTheLatestNoticesAreKept() throws IOException {
    for (int i = 0; i < 150; i++) {
      take(push("r.example.com", "elsewhere/x" + i, "1"));
    }

    assertThat(notices.list()).hasSize(100);
    assertThat(notices.list().getFirst().image()).isEqualTo("r.example.com/elsewhere/x149:1");
  }

  private List<String> rulesOf(PushEvent push) throws IOException {
    return take(push).stream().map(decision -> ((Taken) decision).rule()).toList();
  }

  private void assertIgnored(PushEvent push, Reason reason) throws IOException {
    assertThat(take(push))
        .singleElement()
        .isInstanceOfSatisfying(
            Ignored.class, ignored -> assertThat(ignored.reason()).isEqualTo(reason));
  }

  private List<Decision> take(PushEvent... pushes) throws IOException {
    return intake.take(new Notification(NotificationFormat.DISTRIBUTION, List.of(pushes), 0));
  }

  private List<Job> jobs() throws IOException {
    return store.list(new JobFilter(Set.of(), "", 100));
  }

  private static PushEvent push(String host, String repository, String tag) {
    return new PushEvent(host, repository, tag, DIGEST, "");
  }
}
