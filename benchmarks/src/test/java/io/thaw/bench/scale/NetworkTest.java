package io.thaw.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.thaw.bench.scale.Network.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Transfers on shared links, beside what can be reckoned by hand.
class NetworkTest {
  private static final Offset<Double> EXACTLY = within(1e-6);

  private final Clock clock = new Clock();
  private final Network network = new Network(clock);
  private final List<Double> ends = new ArrayList<>();

  private void transfer(double at, long bytes, double weight, Link... path) {
    int place = ends.size();
    ends.add(-1.0);
    clock.after(
        at, () -> network.transfer(bytes, weight, () -> ends.set(place, clock.now()), path));
  }

  private void run() {
    clock.run(network::share);
  }

  @Test
  void aTransferAloneTakesAsLongAsItsNarrowestLink() {
    transfer(0, 1000, 1, network.link(500), network.link(100), network.link(300));
    run();
    assertThat(ends.getFirst()).isEqualTo(10, EXACTLY);
  }

  @Test
  void twoTransfersShareALinkUntilTheFirstIsThrough() {
    Link link = network.link(100);
    transfer(0, 100, 1, link);
    transfer(0, 300, 1, link);
    run();
    // Both at 50 for 2 s; then 200 bytes at 100.
    assertThat(ends.get(0)).isEqualTo(2, EXACTLY);
    assertThat(ends.get(1)).isEqualTo(4, EXACTLY);
  }

  @Test
  void aTransferThatBeginsLaterSlowsTheOneThatIsUnderWay() {
    Link link = network.link(100);
    transfer(0, 200, 1, link);
    transfer(1, 50, 1, link);
    run();
    // 100 bytes alone, then both at 50: the second ends at 2, the first has 50 left.
    assertThat(ends.get(1)).isEqualTo(2, EXACTLY);
    assertThat(ends.get(0)).isEqualTo(2.5, EXACTLY);
  }

  @Test
  void whatASlowNodeCannotTakeGoesToTheOthers() {
    Link registry = network.link(100);
    transfer(0, 100, 1, registry, network.link(10));
    transfer(0, 100, 1, registry, network.link(1000));
    run();
    assertThat(ends.get(0)).isEqualTo(10, EXACTLY);
    assertThat(ends.get(1)).as("90 of the registry's 100").isEqualTo(100 / 90.0, EXACTLY);
  }

  @Test
  void theBottleneckOfOneIsDecidedBeforeThatOfAnother() {
    // The textbook's case: three transfers, two links; the one on both gets what is fair on the
    // narrower, and the third all that is left of the wider.
    Link narrow = network.link(60);
    Link wide = network.link(100);
    transfer(0, 300, 1, narrow);
    transfer(0, 300, 1, narrow, wide);
    transfer(0, 700, 1, wide);
    run();
    assertThat(ends.get(0)).isEqualTo(10, EXACTLY);
    assertThat(ends.get(1)).isEqualTo(10, EXACTLY);
    assertThat(ends.get(2)).isEqualTo(10, EXACTLY);
  }

  @Test
  void aTransferOfThreeConnectionsGetsThreeSharesWhereALinkIsFull() {
    Link link = network.link(100);
    transfer(0, 300, 3, link);
    transfer(0, 100, 1, link);
    run();
    assertThat(ends.get(0)).isEqualTo(4, EXACTLY);
    assertThat(ends.get(1)).isEqualTo(4, EXACTLY);
  }

  @Test
  void noLinkCarriesMoreThanItCanAndAllOfItArrives() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      links.add(network.link(10 + random.nextInt(1000)));
    }
    long[] planned = new long[links.size()];
    double[] rates = new double[links.size()];
    for (int i = 0; i < 500; i++) {
      int from = random.nextInt(10);
      int to = 10 + random.nextInt(10);
      long bytes = 1L + random.nextInt(10_000);
      planned[from] += bytes;
      planned[to] += bytes;
      transfer(random.nextDouble() * 10, bytes, 1, links.get(from), links.get(to));
    }
    run();
    assertThat(ends).as("seed %d", seed).allMatch(end -> end > 0);
    for (int i = 0; i < planned.length; i++) {
      assertThat(links.get(i).carriedBytes()).as("link %d, seed %d", i, seed).isEqualTo(planned[i]);
      rates[i] = planned[i] / clock.now();
      assertThat(rates[i])
          .as("link %d in the mean, seed %d", i, seed)
          .isLessThanOrEqualTo(links.get(i).bytesPerSecond() + 1e-6);
    }
  }

  @Test
  void refusesLinksThatCarryNothing() {
    assertThatIllegalArgumentException().isThrownBy(() -> network.link(0));
    assertThatIllegalArgumentException().isThrownBy(() -> clock.after(-1, () -> {}));
  }
}
