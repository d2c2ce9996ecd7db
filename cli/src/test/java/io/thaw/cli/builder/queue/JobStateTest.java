package io.thaw.cli.builder.queue;

import static io.thaw.cli.builder.queue.JobState.DEAD;
import static io.thaw.cli.builder.queue.JobState.DONE;
import static io.thaw.cli.builder.queue.JobState.FAILED;
import static io.thaw.cli.builder.queue.JobState.QUEUED;
import static io.thaw.cli.builder.queue.JobState.RUNNING;
import static io.thaw.cli.builder.queue.JobState.SKIPPED;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobStateTest {
  private static final Map<JobState, Set<JobState>> LEGAL =
      Map.of(
          QUEUED, Set.of(RUNNING, SKIPPED),
          RUNNING, Set.of(QUEUED, FAILED, DONE, SKIPPED, DEAD),
          FAILED, Set.of(RUNNING, QUEUED, SKIPPED),
          DONE, Set.of(),
          SKIPPED, Set.of(),
          DEAD, Set.of());

  @Test
  void goesWhereItMayAndNowhereElse() {
    for (JobState from : JobState.values()) {
      for (JobState to : JobState.values()) {
        assertThat(from.mayBecome(to))
            .as("%s to %s", from, to)
            .isEqualTo(LEGAL.get(from).contains(to));
      }
    }
  }

  @Test
  void theDocumentationSaysTheSame() throws Exception {
    Path testdata = Path.of(System.getProperty("thaw.testdata"));
    List<String> lines = Files.readAllLines(testdata.resolveSibling("docs").resolve("builder.md"));
    for (JobState state : JobState.values()) {
      String row =
          lines.stream()
              .filter(line -> line.startsWith("| `" + state.label() + "` |"))
              .findFirst()
              .orElseThrow();
      String next = row.substring(row.lastIndexOf('|', row.length() - 2));
      for (JobState to : JobState.values()) {
        assertThat(next.contains("`" + to.label() + "`"))
            .as("%s to %s", state, to)
            .isEqualTo(state.mayBecome(to));
      }
    }
  }

  @Test
  void isFoundByItsLabel() {
    for (JobState state : JobState.values()) {
      assertThat(JobState.of(state.label())).contains(state);
    }
    assertThat(JobState.of("Done")).isEmpty();
  }
}
