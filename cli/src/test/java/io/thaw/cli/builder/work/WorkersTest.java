package io.thaw.cli.builder.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.builder.queue.IndexFormat;
import io.thaw.cli.builder.queue.Job;
import io.thaw.cli.builder.queue.JobRequest;
import io.thaw.cli.builder.queue.JobState;
import io.thaw.cli.builder.queue.JobStore;
import io.thaw.cli.builder.queue.RetryPlan;
import io.thaw.config.BuilderConfig;
import io.thaw.config.BuilderRule;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkersTest {
  private static final ImageIndexer.Indexed INDEXED =
      new ImageIndexer.Indexed("2 of 3 layers indexed", List.of(), 2, 1_000);

  @TempDir Path dir;

  private final BlockingQueue<String> endings = new LinkedBlockingQueue<>();
  private JobStore store;
  private Workers workers;
  private FakeIndexer indexer;

  @BeforeEach
  void open() throws IOException {
    store = open(3);
  }

  @AfterEach
  void close() throws IOException {
    if (workers != null) {
      workers.close();
    }
    store.close();
  }

  @Test
  void worksOnSoManyJobsAtOnceAndNoMore() throws Exception {
    start(2, _ -> INDEXED);
    for (int i = 1; i <= 6; i++) {
      submit("t" + i);
    }
    indexer.begun.acquire(2);
    assertThat(workers.running()).hasSize(2);

    indexer.mayEnd.release(6);
    for (int i = 0; i < 6; i++) {
      assertThat(endings.take()).endsWith("done");
    }

    assertThat(indexer.mostAtOnce).hasValue(2);
    assertThat(store.counts()).containsEntry(JobState.DONE, 6L);
    assertThat(workers.running()).isEmpty();
  }

  @Test
  void triesAgainWhatFailedAndKeepsWhatItSaid() throws Exception {
    start(
        1,
        task -> {
          if (indexer.tasks.size() < 3) {
            throw new IOException("the registry is away");
          }
          return INDEXED;
        });
    indexer.mayEnd.release(10);
    submit("1");

    assertThat(endings.take()).isEqualTo("1 failed");
    assertThat(endings.take()).isEqualTo("1 failed");
    assertThat(endings.take()).isEqualTo("1 done");
    assertThat(store.job(1).orElseThrow().error()).isEmpty();
    assertThat(store.job(1).orElseThrow().result()).contains("2 of 3 layers indexed");
  }

  @Test
  void givesUpInTheEndAndGoesOnWithTheNext() throws Exception {
    start(
        1,
        task -> {
          if (task.tag().orElseThrow().equals("bad")) {
            throw new IllegalStateException("a bug");
          }
          return INDEXED;
        });
    indexer.mayEnd.release(10);
    submit("bad");
    for (String expected : List.of("bad failed", "bad failed", "bad dead")) {
      assertThat(endings.take()).isEqualTo(expected);
    }
    submit("good");

    assertThat(endings.take()).isEqualTo("good done");
    assertThat(workers.healthy()).isTrue();
    assertThat(store.job(1).orElseThrow().error().orElseThrow().message()).isEqualTo("a bug");
  }

  @Test
  void evenAnErrorOfTheMachineIsTheJobsFailure() throws Exception {
    start(
        1,
        task -> {
          throw new OutOfMemoryError("Java heap space");
        });
    indexer.mayEnd.release(1);
    submit("1");

    assertThat(endings.take()).isEqualTo("1 failed");
    assertThat(store.job(1).orElseThrow().error().orElseThrow().remedy())
        .contains("more heap, or lower concurrency");
    assertThat(workers.healthy()).isTrue();
  }

  @Test
  void skipsWhereThereIsNothingToDo() throws Exception {
    start(1, _ -> new ImageIndexer.NothingToDo("too small"));
    indexer.mayEnd.release(1);
    submit("1");

    assertThat(endings.take()).isEqualTo("1 skipped");
    assertThat(store.job(1).orElseThrow().result()).contains("too small");
  }

  @Test
  void skipsAJobWhoseRuleIsGone() throws Exception {
    indexer = new FakeIndexer(_ -> INDEXED);
    workers =
        new Workers(
            store, _ -> Optional.empty(), indexer, events(), work(), InstantSource.system());
    submit("1");
    workers.start(1);

    assertThat(endings.take()).isEqualTo("1 skipped");
    assertThat(indexer.tasks).isEmpty();
  }

  @Test
  void aJobUnderWayMayEndBeforeTheWorkersDo() throws Exception {
    start(1, _ -> INDEXED);
    submit("1");
    indexer.begun.acquire();
    indexer.mayEnd.release();

    workers.close(Duration.ofSeconds(60));

    assertThat(store.counts()).containsEntry(JobState.DONE, 1L);
  }

  @Test
  void aJobThatDoesNotEndInTimeGoesBackToTheQueueUnharmed() throws Exception {
    start(1, _ -> INDEXED);
    submit("1");
    indexer.begun.acquire();

    workers.close(Duration.ZERO);

    assertThat(endings.take()).isEqualTo("1 queued");
    assertThat(store.counts()).containsEntry(JobState.QUEUED, 1L);
    assertThat(store.job(1).orElseThrow().attempts()).isZero();
    assertThat(work()).isEmptyDirectory();
  }

  @Test
  void whatAnEarlierProcessLeftInTheWorkDirectoryIsRemoved() throws Exception {
    Files.createDirectories(work().resolve("17/deep"));
    Files.writeString(work().resolve("17/deep/ztoc"), "half");

    start(1, _ -> INDEXED);

    assertThat(work()).isEmptyDirectory();
  }

  @Test
  void nothingOfAJobStaysInTheWorkDirectory() throws Exception {
    start(1, _ -> INDEXED);
    indexer.mayEnd.release(1);
    submit("1");

    assertThat(endings.take()).isEqualTo("1 done");
    assertThat(work()).isEmptyDirectory();
  }

  private void start(int count, FakeIndexer.Behaviour behaviour) throws IOException {
    indexer = new FakeIndexer(behaviour);
    BuilderRule rule =
        BuilderConfig.parse(
                "b.toml",
                """
                [[registry]]
                host = "r.example.com"
                [[rule]]
                name = "rule"
                images = ["r.example.com/**"]
                """)
            .rules()
            .getFirst();
    workers =
        new Workers(
            store, _ -> Optional.of(rule), indexer, events(), work(), InstantSource.system());
    workers.start(count);
  }

  private Workers.WorkEvents events() {
    return new Workers.WorkEvents() {
      @Override
      public void ended(Job job, JobState state, long nanos) {
        endings.add(job.request().tag().orElseThrow() + " " + state.label());
      }

      @Override
      public void indexed(Job job, long layers, long bytes) {
        assertThat(layers).isEqualTo(2);
      }
    };
  }

  private void submit(String tag) throws IOException {
    store.submit(
        List.of(
            new JobRequest(
                new Repository("r.example.com", "app"),
                Optional.of(tag),
                Digest.parse("sha256:" + "a".repeat(64)),
                "rule",
                IndexFormat.V2,
                "hand")),
        false);
    if (workers != null) {
      workers.wake();
    }
  }

  private Path work() {
    return dir.resolve("work");
  }

  private JobStore open(int attempts) throws IOException {
    return JobStore.open(
        dir.resolve("queue.db"),
        new JobStore.Limits(
            100, 100, new RetryPlan(attempts, Duration.ofMillis(20), Duration.ofMillis(20))),
        InstantSource.system(),
        RandomGenerator.getDefault());
  }
}
