package io.thaw.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.thaw.proto.containerd.snapshots.v1.Info;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The rules of containerd's snapshotter interface about lists and their filters.
abstract class ListConformance extends SnapshotterFixture {
  private static final String ROOT = "labels.\"containerd.io/gc.root\"==conformance";

  ListConformance() throws IOException {}

  @Test
  void listsAreFilteredInContainerdsSyntax() {
    oneOfEach();
    String marked = "labels.\"containerd.io/gc.root\"==conformance";
    assertThat(listed("kind==active")).isEqualTo(names("a1", "a2"));
    assertThat(listed("kind==view," + marked)).isEqualTo(names("v1", "v2"));
    assertThat(listed("kind==committed")).isEqualTo(names("c1", "c2"));
    assertThat(listed("kind!=committed")).isEqualTo(names("a1", "a2", "v1", "v2"));
    assertThat(listed("name==" + name("c1"))).isEqualTo(names("c1"));
    assertThat(listed("parent==" + name("c2"))).isEqualTo(names("a1", "v1"));
    assertThat(listed("kind==view", "name==" + name("c1"))).isEqualTo(names("c1", "v1", "v2"));
    assertThat(listed("labels.missing")).isEmpty();
    assertThat(listed()).isEqualTo(names("a1", "a2", "c1", "c2", "v1", "v2"));
  }

  /// A regular expression may stand between other signs than quotes, as it often has quotes.
  @Test
  void aFiltersValueMayBeQuoted() {
    oneOfEach();
    assertThat(listed("name==\"" + name("c1") + "\"")).isEqualTo(names("c1"));
    assertThat(listed("name~=\"^" + name("[ac]1") + "$\"")).isEqualTo(names("a1", "c1"));
    assertThat(listed("name~=/^" + name("c[12]") + "$/")).isEqualTo(names("c1", "c2"));
    assertThat(listed("name~=|^" + name("v.") + "$|,kind==view")).isEqualTo(names("v1", "v2"));
    assertThat(listed("labels.\"containerd.io/gc.root\"!=\"other\",name==" + name("a2")))
        .isEqualTo(names("a2"));
  }

  @Test
  void aFilterThatCannotBeReadIsRefused() {
    for (String unreadable : new String[] {"kind==", "name==\"open", "kind==view,", "~=x"}) {
      assertThat(refusal(() -> snapshots().list(unreadable)))
          .as(unreadable)
          .isIn(Code.INVALID_ARGUMENT, Code.UNKNOWN);
    }
  }

  @Test
  void aListSaysWhatStatSays() {
    oneOfEach();
    for (Info info : snapshots().list("name~=^" + name(""))) {
      assertThat(snapshots().stat(info.getName())).isEqualTo(info);
    }
  }

  @Test
  void aListGoesOnWhileSnapshotsComeAndGo() throws Exception {
    for (int i = 0; i < 250; i++) {
      snapshots().prepare(name("many-" + i), "", KEPT);
    }
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> changes =
          callers.submit(
              () -> {
                for (int i = 0; i < 250; i += 2) {
                  snapshots().remove(name("many-" + i));
                }
              });
      while (!changes.isDone()) {
        assertThat(listed()).hasSizeBetween(125, 250);
      }
      changes.get();
    }
    assertThat(listed()).hasSize(125);
  }

  @Test
  void aListIsFilteredByLabelsAndParents() {
    String plain = committed("p", "");
    String labelled = committed("p-wl", "");
    snapshots().update(snapshots().stat(labelled).toBuilder().putLabels("l", "1").build());
    snapshots().prepare(name("a-np"), "", KEPT);
    snapshots().prepare(name("a"), plain, KEPT);
    snapshots().view(name("v"), plain, KEPT);
    snapshots().prepare(name("a-wl"), labelled, kept("l", "2"));
    snapshots().view(name("v-wl"), labelled, kept("l", "3"));
    snapshots().prepare(name("a-np-wl"), "", kept("l", "2"));

    assertThat(listed(ROOT)).hasSize(8);
    assertThat(listed("kind==active," + ROOT)).isEqualTo(names("a", "a-np", "a-np-wl", "a-wl"));
    assertThat(listed("kind==view," + ROOT)).isEqualTo(names("v", "v-wl"));
    assertThat(listed("name==" + plain, "name==" + name("a-np-wl")))
        .isEqualTo(names("a-np-wl", "p"));
    assertThat(listed("name==" + name("a-wl") + ",labels.l")).isEqualTo(names("a-wl"));
    assertThat(listed("parent!=\"\"," + ROOT)).isEqualTo(names("a", "a-wl", "v", "v-wl"));
    assertThat(listed("labels.l")).isEqualTo(names("a-np-wl", "a-wl", "p-wl", "v-wl"));
    assertThat(listed("labels.l==2")).isEqualTo(names("a-np-wl", "a-wl"));
    assertThat(listed("labels.l~=^[13]$")).isEqualTo(names("p-wl", "v-wl"));
  }

  private static Map<String, String> kept(String key, String value) {
    Map<String, String> labels = new HashMap<>(KEPT);
    labels.put(key, value);
    return labels;
  }
}
