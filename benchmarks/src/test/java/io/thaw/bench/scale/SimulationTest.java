package io.thaw.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.thaw.bench.scale.Simulation.Outcome;
import io.thaw.bench.scale.Simulation.Scenario;
import io.thaw.bench.scale.StartTrace.Overlay;
import io.thaw.bench.scale.StartTrace.Start;
import io.thaw.bench.scale.StartTrace.Step;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Starts of many nodes, beside what can be reckoned by hand.
class SimulationTest {
  private static final long MB = 1_000_000;

  /// A node's link carries 125 MB a second, the registry's ten times that.
  private static final Cluster.Shape SHAPE =
      new Cluster.Shape(10_000, 1000, 10, 10_000, 0, 0, 4, 0);

  /// Nothing takes time but the bytes: two pieces of 50 MB, of which a start needs one after the
  /// other, in a layer of 500 MB; and in the first, 20 MB that nobody touches.
  private static final StartTrace BYTES =
      trace(0, List.of(new Step(0, starts(0), List.of(0)), new Step(0, starts(1), List.of(1))));

  private static List<Start> starts(int piece) {
    return List.of(new Start(piece, 0));
  }

  private static StartTrace trace(double lastSeconds, List<Step> steps) {
    return new StartTrace(
        "test",
        "made up",
        1,
        List.of(500 * MB),
        0,
        0,
        0,
        1e15,
        2,
        List.of(50 * MB, 50 * MB),
        List.of(30 * MB, 50 * MB),
        List.of(0, 1),
        steps,
        lastSeconds,
        new Overlay("made up", 3, 1e15, 0));
  }

  private static Outcome run(StartTrace trace, Topology topology, Way way, int nodes) {
    return Simulation.run(trace, new Scenario(topology, way, nodes, SHAPE, 1));
  }

  @Test
  void oneNodeTakesAsLongAsItsLink() {
    Outcome lazy = run(BYTES, Topology.REGISTRY, Way.LAZY, 1);
    assertThat(lazy.percentile(50)).isEqualTo(100.0 / 125, within(1e-6));
    Outcome profile = run(BYTES, Topology.REGISTRY, Way.PROFILE, 1);
    assertThat(profile.percentile(50)).as("touched bytes only").isEqualTo(0.64, within(1e-6));
    Outcome whole = run(BYTES, Topology.REGISTRY, Way.OVERLAYFS, 1);
    assertThat(whole.percentile(50)).isEqualTo(4, within(1e-6));
  }

  @Test
  void aFullRegistryGivesEachItsPart() {
    Outcome lazy = run(BYTES, Topology.REGISTRY, Way.LAZY, 50);
    assertThat(lazy.percentile(1)).isEqualTo(50 * 100.0 / 1250, within(1e-6));
    assertThat(lazy.percentile(99)).isEqualTo(50 * 100.0 / 1250, within(1e-6));
    assertThat(lazy.registryBytesReady()).isEqualTo(50 * 100 * MB);
    Outcome whole = run(BYTES, Topology.REGISTRY, Way.OVERLAYFS, 50);
    assertThat(whole.percentile(99)).isEqualTo(50 * 500.0 / 1250, within(1e-6));
  }

  @Test
  void nodesWithinTheRegistrysRateDoNotFeelEachOther() {
    assertThat(run(BYTES, Topology.REGISTRY, Way.LAZY, 10).percentile(99))
        .isEqualTo(100.0 / 125, within(1e-6));
  }

  @Test
  void aMirrorFetchesEachByteOnce() {
    for (Way way : Way.values()) {
      Outcome outcome = run(BYTES, Topology.RACK_MIRRORS, way, 30);
      assertThat(outcome.registryBytes()).as(way.title()).isEqualTo(3 * 500 * MB);
      assertThat(outcome.nodeBytes()).as(way.title()).isEqualTo(30 * 500 * MB);
    }
  }

  @Test
  void peersTakeLittleFromTheRegistryAndEveryNodeGetsAll() {
    for (Way way : Way.values()) {
      Outcome outcome = run(BYTES, Topology.PEERS, way, 30);
      assertThat(outcome.nodeBytes()).as(way.title()).isEqualTo(30 * 500 * MB);
      assertThat(outcome.registryBytes()).as(way.title()).isBetween(500 * MB, 30 * 500 * MB / 2);
    }
  }

  @Test
  void everyNodeEndsWithTheWholeImageAndNothingTwice() {
    for (Way way : Way.values()) {
      Outcome outcome = run(BYTES, Topology.REGISTRY, way, 7);
      assertThat(outcome.nodeBytes()).as(way.title()).isEqualTo(7 * 500 * MB);
      assertThat(outcome.registryBytes()).as(way.title()).isEqualTo(7 * 500 * MB);
    }
  }

  @Test
  void thinkingIsAddedForReadersAndHidesFetchesOfAProfile() {
    List<Step> steps =
        List.of(
            new Step(0, starts(0), List.of(0)), new Step(2, List.of(new Start(1, 2)), List.of(1)));
    StartTrace thoughtful = trace(0.5, steps);
    assertThat(run(thoughtful, Topology.REGISTRY, Way.LAZY, 1).percentile(50))
        .isEqualTo(0.4 + 2 + 0.4 + 0.5, within(1e-6));
    // Both spans at once on the link: the first has 30 MB at half the rate.
    assertThat(run(thoughtful, Topology.REGISTRY, Way.PROFILE, 1).percentile(50))
        .isEqualTo(0.64 + 2 + 0.5, within(0.2));
  }

  @Test
  void roundTripsAndServiceCountForEachRequest() {
    StartTrace slow =
        new StartTrace(
            "test",
            "made up",
            1,
            List.of(500 * MB),
            1,
            125 * MB,
            0.1,
            1e15,
            2,
            BYTES.pieces(),
            BYTES.spanBytes(),
            BYTES.spanPieces(),
            BYTES.steps(),
            0,
            BYTES.overlay());
    Cluster.Shape far = new Cluster.Shape(10_000, 1000, 10, 10_000, 50, 0, 4, 0);
    Outcome outcome = Simulation.run(slow, new Scenario(Topology.REGISTRY, Way.LAZY, 1, far, 1));
    // 1 s of setup, its 125 MB, and two pieces; three requests of 150 ms.
    assertThat(outcome.percentile(50)).isEqualTo(1 + 1 + 0.8 + 3 * 0.15, within(1e-6));
  }

  @Test
  void layersAreUnpackedOneAfterTheOtherWhileTheNextOnesCome() {
    StartTrace layers =
        new StartTrace(
            "test",
            "made up",
            1,
            List.of(125 * MB, 125 * MB),
            0,
            0,
            0,
            1e15,
            2,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            0,
            new Overlay("made up", 1, 125e6, 3));
    // Fetched at 1 and 2 s, unpacked at 2 and 3, and 3 s of start.
    assertThat(run(layers, Topology.REGISTRY, Way.OVERLAYFS, 1).percentile(50))
        .isEqualTo(6, within(1e-6));
  }

  @Test
  void theSameSeedGivesTheSameFigures() throws IOException {
    StartTrace trace = StartTrace.shipped();
    Cluster.Shape shape = new Cluster.Shape(2000, 1000, 4, 10_000, 5, 0.5, 2, 3);
    for (Topology topology : Topology.values()) {
      Scenario scenario = new Scenario(topology, Way.PROFILE, 12, shape, 42);
      Outcome once = Simulation.run(trace, scenario);
      Outcome again = Simulation.run(trace, scenario);
      assertThat(again.readySeconds()).isEqualTo(once.readySeconds());
      assertThat(again.registryBytes()).isEqualTo(once.registryBytes());
      Outcome other = Simulation.run(trace, new Scenario(topology, Way.PROFILE, 12, shape, 43));
      assertThat(other.readySeconds()).isNotEqualTo(once.readySeconds());
    }
  }

  @Test
  void theMeasuredNodeIsFoundAgainWithinAFifth() throws IOException {
    StartTrace trace = StartTrace.shipped();
    Cluster.Shape measured = new Cluster.Shape(1000, 1000, 1, 1000, 5, 0.5, 1, 0);
    Outcome outcome =
        Simulation.run(trace, new Scenario(Topology.REGISTRY, Way.LAZY, 1, measured, 1));
    assertThat(outcome.percentile(50) / trace.totalSeconds()).isBetween(0.8, 1.2);
  }

  @Test
  void refusesClustersThatCannotBe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Cluster.Shape(0, 1000, 10, 10_000, 5, 0.5, 4, 0))
        .withMessageContaining("registry's rate");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Scenario(Topology.PEERS, Way.LAZY, 0, SHAPE, 1))
        .withMessageContaining("--nodes");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Topology.of("ring"))
        .withMessageContaining("rack-mirrors");
  }
}
