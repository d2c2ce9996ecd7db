package io.thaw.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.snapshot.IndexUse;
import io.thaw.daemon.snapshot.LayerMode;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.proto.control.v1.LabelsSeen;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiagnoserTest {

  private static WhyRecord why(String image, long second) {
    return new WhyRecord(
        Instant.ofEpochSecond(second),
        image,
        "",
        "",
        "",
        LayerMode.DEFERRED,
        "a reason",
        IndexUse.NONE);
  }

  @Test
  void layersThatContainerdNamedAreToldFromThoseItDidNot() {
    LabelsSeen seen =
        Diagnoser.labels(List.of(why("registry.test/a:1", 5), why("", 9), why("", 7)));
    assertThat(seen.getNamed()).isEqualTo(1);
    assertThat(seen.getNamedNanos()).isEqualTo(5_000_000_000L);
    assertThat(seen.getUnnamed()).isEqualTo(2);
    assertThat(seen.getUnnamedNanos()).isEqualTo(9_000_000_000L);
  }
}
