package io.thaw.cli.builder.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.builder.queue.Job.JobError;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobStoreTest {
  private static final Repository APP = new Repository("r.example.com", "team/app");
  private static final Digest A = digest('a');
  private static final Digest B = digest('b');
  private static final JobError BROKEN = new JobError("it broke", "mend it");

  @TempDir Path dir;

  private final ManualClock clock = new ManualClock();
  private JobStore store;

  @BeforeEach
  void open() throws IOException {
    store = open(limits(100, 100));
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void oneImageIsOneJobHoweverOftenItIsAnnounced() throws IOException {
    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Added(1));
    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Joined(1));
    Job job = store.claim().orElseThrow();
    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Joined(1));
    store.done(job.id(), "indexed", List.of());
    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Known(1));
    assertThat(store.claim()).isEmpty();
  }

  @Test
  void theSameImageByAnotherTagRuleOrFormatIsAnotherJob() throws IOException {
    submit(v2("1", A));

    assertThat(submit(v2("latest", A))).isEqualTo(new Submission.Added(2));
    assertThat(submit(request("1", A, "other", IndexFormat.V2))).isEqualTo(new Submission.Added(3));
    assertThat(submit(request("1", A, "rule", IndexFormat.V1))).isEqualTo(new Submission.Added(4));
    assertThat(submit(request("latest", A, "rule", IndexFormat.V1)))
        .isEqualTo(new Submission.Joined(4));
  }

  @Test
  void aTagThatMovesAwayAndBackIsIndexedEachTime() throws IOException {
    for (Digest digest : List.of(A, B, A)) {
      assertThat(submit(v2("latest", digest))).isInstanceOf(Submission.Added.class);
      store.done(store.claim().orElseThrow().id(), "indexed", List.of());
    }

    assertThat(store.counts()).containsEntry(JobState.DONE, 3L);
  }

  @Test
  void aNewerPushOfATagSupersedesWhatStillWaits() throws IOException {
    submit(v2("latest", A));

    submit(v2("latest", B));

    assertThat(store.job(1).orElseThrow().state()).isEqualTo(JobState.SKIPPED);
    assertThat(store.job(1).orElseThrow().result().orElseThrow()).contains("superseded by job 2");
    assertThat(store.claim().orElseThrow().request().digest()).isEqualTo(B);
  }

  @Test
  void jobsForOneTagNeverRunAtOnce() throws IOException {
    submit(v2("latest", A));
    Job running = store.claim().orElseThrow();
    submit(v2("latest", B));
    submit(v2("other", A));

    assertThat(store.claim().orElseThrow().request().tag()).contains("other");
    assertThat(store.claim()).isEmpty();
    store.done(running.id(), "indexed", List.of());
    assertThat(store.claim().orElseThrow().request().digest()).isEqualTo(B);
  }

  @Test
  void aFailedJobWaitsLongerEachTimeAndThenDies() throws IOException {
    submit(v2("1", A));
    List<Duration> waits = new ArrayList<>();
    for (int attempt = 1; attempt < 4; attempt++) {
      Job job = store.claim().orElseThrow();
      assertThat(job.attempts()).isEqualTo(attempt);
      assertThat(store.failed(job.id(), BROKEN, true)).isEqualTo(JobState.FAILED);
      assertThat(store.claim()).isEmpty();
      Duration wait = Duration.between(clock.instant(), store.nextDue().orElseThrow());
      waits.add(wait);
      clock.advance(wait);
    }
    assertThat(store.failed(store.claim().orElseThrow().id(), BROKEN, true))
        .isEqualTo(JobState.DEAD);

    assertThat(waits.get(0)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
    assertThat(waits.get(2)).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(40));
    assertThat(store.nextDue()).isEmpty();
    assertThat(store.job(1).orElseThrow().error()).contains(BROKEN);
  }

  @Test
  void aFailureThatWillRepeatIsTheLast() throws IOException {
    submit(v2("1", A));

    assertThat(store.failed(store.claim().orElseThrow().id(), BROKEN, false))
        .isEqualTo(JobState.DEAD);
  }

  @Test
  void aNewPushMakesAFailedJobDueAndRevivesADeadOne() throws IOException {
    submit(v2("1", A));
    store.failed(store.claim().orElseThrow().id(), BROKEN, true);

    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Joined(1));
    Job again = store.claim().orElseThrow();
    assertThat(again.attempts()).isEqualTo(2);
    store.failed(again.id(), BROKEN, false);
    assertThat(submit(v2("1", A))).isEqualTo(new Submission.Added(2));
  }

  @Test
  void whatIsDoneIsDoneAgainByHand() throws IOException {
    submit(v2("1", A));
    store.done(store.claim().orElseThrow().id(), "indexed", List.of());

    assertThat(store.submit(List.of(v2("1", A)), true)).containsExactly(new Submission.Added(2));
  }

  @Test
  void jobsThatRanWhenTheProcessDiedAreQueuedAgain() throws IOException {
    submit(v2("1", A));
    submit(v2("2", B));
    store.claim();
    store.close();

    store = open(limits(100, 100));

    assertThat(store.counts()).containsEntry(JobState.QUEUED, 2L);
    assertThat(store.claim().orElseThrow().attempts()).isEqualTo(2);
  }

  @Test
  void aJobThatTookTheProcessWithItEachTimeIsGivenUp() throws IOException {
    submit(v2("1", A));
    for (int life = 0; life < 4; life++) {
      assertThat(store.claim()).isPresent();
      store.close();
      store = open(limits(100, 100));
    }

    Job job = store.job(1).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.DEAD);
    assertThat(job.error().orElseThrow().message()).contains("ended 4 times");
  }

  @Test
  void aReleasedJobHasNotLostAnAttempt() throws IOException {
    submit(v2("1", A));

    store.release(store.claim().orElseThrow().id());

    assertThat(store.claim().orElseThrow().attempts()).isEqualTo(1);
  }

  @Test
  void aFullQueueRefusesAllOfARequestAndTakesItLater() throws IOException {
    store.close();
    store = open(limits(2, 100));
    submit(v2("1", A));

    assertThatThrownBy(() -> store.submit(List.of(v2("2", A), v2("3", A)), false))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("2 jobs wait and queue.max_jobs is 2");
    assertThat(store.counts()).containsEntry(JobState.QUEUED, 1L);
    store.claim();
    assertThat(store.submit(List.of(v2("2", A), v2("3", A)), false)).hasSize(2);
  }

  @Test
  void remembersOnlySoManyFinishedJobsAndNoneThatIsOpenIsForgotten() throws IOException {
    store.close();
    store = open(limits(100, 3));
    submit(v2("open", A));
    Job open = store.claim().orElseThrow();
    for (int i = 0; i < 10; i++) {
      submit(v2("t" + i, A));
      clock.advance(Duration.ofSeconds(1));
      store.done(store.claim().orElseThrow().id(), "indexed", List.of());
    }

    assertThat(list(new JobFilter(Set.of(), "", 100))).containsExactly("open", "t9", "t8", "t7");
    assertThat(store.job(open.id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
  }

  @Test
  void knowsWhatItPushedAlsoAfterARestart() throws IOException {
    submit(v2("1", A));
    store.done(store.claim().orElseThrow().id(), "indexed", List.of(B, B));
    store.close();

    store = open(limits(100, 100));

    assertThat(store.isOwn(B)).isTrue();
    assertThat(store.isOwn(A)).isFalse();
  }

  @Test
  void findsJobsByStateAndByAnyPartOfTheirName() throws IOException {
    submit(v2("one", A));
    submit(v2("two", B));
    store.skipped(store.claim().orElseThrow().id(), "nothing to do");

    assertThat(list(new JobFilter(Set.of(JobState.SKIPPED), "", 10))).containsExactly("one");
    assertThat(list(new JobFilter(Set.of(), "TEAM/APP:TW", 10))).containsExactly("two");
    assertThat(list(new JobFilter(Set.of(), "bbbb", 10))).containsExactly("two");
    assertThat(list(new JobFilter(Set.of(), "100%_' OR 1=1", 10))).isEmpty();
    assertThat(list(new JobFilter(Set.of(), "", 1))).hasSize(1);
  }

  @Test
  void textFromOutsideIsBoundedAndHasNoControlCharacters() throws IOException {
    submit(v2("1", A));
    JobError hostile = new JobError("\u001b[2J\u202egpj\nx" + "y".repeat(10_000), "");

    store.failed(store.claim().orElseThrow().id(), hostile, false);

    String kept = store.job(1).orElseThrow().error().orElseThrow().message();
    assertThat(kept).startsWith("[2J gpj xyyy").hasSizeLessThan(2_100);
  }

  @Test
  void aStateCannotBeLeftForOneItMayNotBecome() throws IOException {
    submit(v2("1", A));

    assertThatThrownBy(() -> store.done(1, "indexed", List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("job 1 is queued and cannot become done");
    assertThat(store.job(1).orElseThrow().state()).isEqualTo(JobState.QUEUED);
  }

  @Test
  void theFileIsItsOwnersOnlyAndANewerOneIsLeftAlone() throws Exception {
    Path file = dir.resolve("queue.db");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    store.close();
    try (var connection = java.sql.DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 99");
    }

    assertThatThrownBy(() -> open(limits(100, 100)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer thaw (schema 99");
  }

  @Test
  void anyOrderOfEventsKeepsTheBooksStraight() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<Job> running = new ArrayList<>();
    for (int step = 0; step < 400; step++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> submit(v2("t" + random.nextInt(4), digest((char) ('a' + random.nextInt(3)))));
        case 2 -> store.claim().ifPresent(running::add);
        case 3 -> {
          if (!running.isEmpty()) {
            end(running.remove(random.nextInt(running.size())), random.nextInt(4));
          }
        }
        default -> clock.advance(Duration.ofSeconds(random.nextInt(60)));
      }
      Map<JobState, Long> counts = store.counts();
      assertThat(counts.get(JobState.RUNNING)).isEqualTo(running.size());
      assertThat(running.stream().map(job -> job.request().target()).distinct())
          .hasSize(running.size());
      // A job that failed while a newer one waits stays; its tag check will skip it.
      assertThat(counts.get(JobState.QUEUED) + counts.get(JobState.FAILED)).isLessThanOrEqualTo(8);
    }
  }

  private void end(Job job, int how) throws IOException {
    switch (how) {
      case 0 -> store.done(job.id(), "indexed", List.of());
      case 1 -> store.skipped(job.id(), "nothing");
      case 2 -> store.release(job.id());
      default -> store.failed(job.id(), BROKEN, true);
    }
  }

  private List<String> list(JobFilter filter) throws IOException {
    return store.list(filter).stream().map(job -> job.request().tag().orElseThrow()).toList();
  }

  private Submission submit(JobRequest request) throws IOException {
    return store.submit(List.of(request), false).getFirst();
  }

  private JobStore open(JobStore.Limits limits) throws IOException {
    return JobStore.open(dir.resolve("queue.db"), limits, clock, RandomGenerator.getDefault());
  }

  private static JobStore.Limits limits(int waiting, int history) {
    return new JobStore.Limits(
        waiting, history, new RetryPlan(4, Duration.ofSeconds(10), Duration.ofHours(1)));
  }

  private static JobRequest v2(String tag, Digest digest) {
    return request(tag, digest, "rule", IndexFormat.V2);
  }

  private static JobRequest request(String tag, Digest digest, String rule, IndexFormat format) {
    return new JobRequest(APP, Optional.of(tag), digest, rule, format, "hand");
  }

  private static Digest digest(char c) {
    return Digest.parse("sha256:" + String.valueOf(c).repeat(64));
  }
}
