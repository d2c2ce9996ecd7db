package io.thaw.it.run;

import io.thaw.it.node.Containerd;
import io.thaw.it.node.CriClient;
import io.thaw.it.node.CriClient.CreatedContainer;
import io.thaw.it.node.CriClient.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One image pulled and started, and how long that took.
///
/// @param pullSeconds CRI's PullImage
/// @param startSeconds from CreateContainer to the first output, by the runtime's own clock
/// @param bytesAtReady bytes fetched from the beginning of the pull to the first output
/// @param requestsAtReady HTTP requests in the same time
/// @param container the container, which may still run
public record TimedRun(
    double pullSeconds,
    double startSeconds,
    long bytesAtReady,
    long requestsAtReady,
    CreatedContainer container) {

  /// What is counted while the image is on its way.
  ///
  /// @param bytes bytes received so far
  /// @param requests requests sent so far
  public record Traffic(LongSupplier bytes, LongSupplier requests) {}

  public double totalSeconds() {
    return pullSeconds + startSeconds;
  }

  /// Pulls `reference` and starts its own command in `pod`, which runs already.
  public static TimedRun of(
      Containerd containerd,
      Pod pod,
      String reference,
      CriClient.@Nullable Login login,
      Traffic traffic,
      Duration limit)
      throws IOException {
    CriClient cri = containerd.cri();
    long bytesBefore = traffic.bytes().getAsLong();
    long requestsBefore = traffic.requests().getAsLong();
    long begin = System.nanoTime();
    cri.pull(reference, login);
    double pullSeconds = (System.nanoTime() - begin) / 1e9;

    Instant start = Instant.now();
    CreatedContainer container = cri.create(pod, reference, List.of());
    cri.start(container.id());
    Instant first = container.log().awaitFirstOutput(limit);
    return new TimedRun(
        pullSeconds,
        Duration.between(start, first).toNanos() / 1e9,
        traffic.bytes().getAsLong() - bytesBefore,
        traffic.requests().getAsLong() - requestsBefore,
        container);
  }
}
