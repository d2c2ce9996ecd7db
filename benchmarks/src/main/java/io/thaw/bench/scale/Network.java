package io.thaw.bench.scale;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// Links and the transfers on them. Transfers share links as long-lived TCP connections with equal
/// round trips do in the mean: max-min fair, by weight. All links are filled evenly until one is
/// full; what passes that one keeps its rate, and the others go on ([progressive
/// filling](https://en.wikipedia.org/wiki/Max-min_fairness)). Slow start and loss are not modelled.
final class Network {
  // Rounding of what is left after many small steps; far below any transfer's size.
  private static final double DONE_BYTES = 0.5;
  private static final double SAME_SHARE = 1 + 1e-9;

  private final Clock clock;
  private final Map<List<Link>, Bundle> bundles = new HashMap<>();
  private final List<Bundle> busy = new ArrayList<>();
  private double sharedAt;
  private boolean changed;
  private long shares;
  private long numbers;

  /// One direction of a cable.
  static final class Link {
    private final double bytesPerSecond;
    private long carried;
    private double left;
    private double weight;
    private long seenIn = -1;
    private boolean full;

    private Link(double bytesPerSecond) {
      this.bytesPerSecond = bytesPerSecond;
    }

    double bytesPerSecond() {
      return bytesPerSecond;
    }

    /// Bytes of all transfers over it that are complete.
    long carriedBytes() {
      return carried;
    }
  }

  private record Transfer(double end, long number, long bytes, double weight, Runnable done)
      implements Comparable<Transfer> {
    @Override
    public int compareTo(Transfer other) {
      int byEnd = Double.compare(end, other.end);
      return byEnd != 0 ? byEnd : Long.compare(number, other.number);
    }
  }

  /// Transfers over the same links, which all get the same share for each weight of 1. What such a
  /// one has carried since the beginning is the bundle's own clock, and each transfer has its end
  /// on it; so nothing has to be done for each of them while others come and go.
  private static final class Bundle {
    private final List<Link> path;
    private final PriorityQueue<Transfer> transfers = new PriorityQueue<>();
    private double weight;
    private double carried;
    private double share;

    private Bundle(List<Link> path) {
      this.path = path;
    }

    private boolean meetsFullLink() {
      for (Link link : path) {
        if (link.full) {
          return true;
        }
      }
      return false;
    }

    private double leftOfFirst() {
      return transfers.element().end - carried;
    }
  }

  Network(Clock clock) {
    this.clock = clock;
  }

  /// A link of its own.
  Link link(double bytesPerSecond) {
    if (!(bytesPerSecond > 0 && bytesPerSecond < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a link of " + bytesPerSecond + " bytes/s carries nothing");
    }
    return new Link(bytesPerSecond);
  }

  /// Begins a transfer.
  ///
  /// @param weight as many connections it counts for where links are full
  /// @param done called when its last byte has arrived
  void transfer(long bytes, double weight, Runnable done, Link... path) {
    // What is under way moves up to now before its bundle's clock is read.
    progress();
    Bundle bundle = bundles.computeIfAbsent(List.of(path), Bundle::new);
    if (bundle.transfers.isEmpty()) {
      busy.add(bundle);
      bundle.share = 0;
      bundle.weight = 0;
    }
    bundle.weight += weight;
    bundle.transfers.add(
        new Transfer(bundle.carried + bytes / weight, numbers++, bytes, weight, done));
    changed = true;
  }

  /// Shares the links anew if transfers have begun or ended; to be called at the end of each
  /// instant.
  void share() {
    if (!changed) {
      return;
    }
    changed = false;
    progress();
    assignShares();
    double next = Double.POSITIVE_INFINITY;
    for (Bundle bundle : busy) {
      next = Math.min(next, bundle.leftOfFirst() / bundle.share);
    }
    if (!busy.isEmpty()) {
      long share = ++shares;
      clock.after(Math.max(0, next), () -> arrive(share));
    }
  }

  private void progress() {
    double seconds = clock.now() - sharedAt;
    if (seconds > 0) {
      sharedAt = clock.now();
      for (Bundle bundle : busy) {
        bundle.carried += bundle.share * seconds;
      }
    }
  }

  // What was planned for an earlier sharing is void.
  private void arrive(long share) {
    if (share != shares) {
      return;
    }
    progress();
    List<Transfer> arrived = new ArrayList<>();
    for (Bundle bundle : busy) {
      while (!bundle.transfers.isEmpty() && bundle.leftOfFirst() <= DONE_BYTES) {
        Transfer transfer = bundle.transfers.remove();
        bundle.weight -= transfer.weight;
        for (Link link : bundle.path) {
          link.carried += transfer.bytes;
        }
        arrived.add(transfer);
      }
    }
    busy.removeIf(bundle -> bundle.transfers.isEmpty());
    changed = true;
    arrived.forEach(transfer -> transfer.done.run());
  }

  private void assignShares() {
    List<Link> used = usedLinks();
    List<Bundle> open = new ArrayList<>(busy);
    while (!open.isEmpty()) {
      double smallest = Double.POSITIVE_INFINITY;
      for (Link link : used) {
        if (link.weight > 0) {
          smallest = Math.min(smallest, link.left / link.weight);
        }
      }
      double share = smallest;
      for (Link link : used) {
        link.full = link.weight > 0 && link.left / link.weight <= share * SAME_SHARE;
      }
      open.removeIf(bundle -> bundle.meetsFullLink() && settle(bundle, share));
      used.removeIf(link -> link.full || link.weight <= 0);
    }
  }

  private List<Link> usedLinks() {
    long round = shares;
    List<Link> used = new ArrayList<>();
    for (Bundle bundle : busy) {
      for (Link link : bundle.path) {
        if (link.seenIn != round) {
          link.seenIn = round;
          link.left = link.bytesPerSecond;
          link.weight = 0;
          link.full = false;
          used.add(link);
        }
        link.weight += bundle.weight;
      }
    }
    return used;
  }

  private static boolean settle(Bundle bundle, double share) {
    bundle.share = share;
    for (Link link : bundle.path) {
      // Links that are full are decided: what they lose must not look like room.
      if (!link.full) {
        link.left = Math.max(0, link.left - share * bundle.weight);
        link.weight -= bundle.weight;
      }
    }
    return true;
  }
}
