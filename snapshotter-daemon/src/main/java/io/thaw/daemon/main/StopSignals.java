package io.thaw.daemon.main;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The signals that end the daemon, and what each is meant for.
final class StopSignals {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

  /// How to end.
  enum Stop {
    /// Another daemon will follow: mounts stay.
    HAND_OVER("SIGTERM"),
    /// For good: mounts end.
    CLEAN_UP("SIGINT");

    private final String signal;

    Stop(String signal) {
      this.signal = signal;
    }

    String signal() {
      return signal;
    }
  }

  private final CompletableFuture<Stop> stop = new CompletableFuture<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Duration patience;
  private final Thread hook;

  private StopSignals(Duration patience) {
    this.patience = patience;
    this.hook = new Thread(this::endWithTheSignalsStatus, "stop");
  }

  /// Listens from now on.
  ///
  /// @param patience how long a stop may take before the process ends all the same
  static StopSignals listen(Duration patience) {
    StopSignals signals = new StopSignals(patience);
    Runtime.getRuntime().addShutdownHook(signals.hook);
    signals.onInterrupt();
    return signals;
  }

  /// The JVM tells a shutdown hook nothing of the signal, so SIGINT is caught by itself. The class
  /// for that is supported, but has no API that the compiler lets pass without a warning.
  private void onInterrupt() {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (_, method, _) -> {
                if (method.getName().equals("handle")) {
                  stop.complete(Stop.CLEAN_UP);
                  Thread.ofPlatform().name("exit").start(() -> Runtime.getRuntime().exit(0));
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), ours);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      LOG.atWarn().setCause(e).log("SIGINT will do what SIGTERM does");
    }
  }

  /// Waits for a signal.
  Stop await() throws InterruptedException {
    try {
      return stop.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The daemon has ended, whether it was asked to or could not start.
  void stopped() {
    stopped.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      LOG.atInfo().log("stopped");
    }
  }

  /// Runs in the shutdown hook; when it returns, the process ends with the signal's status.
  private void endWithTheSignalsStatus() {
    stop.complete(Stop.HAND_OVER);
    try {
      boolean clean = stopped.await(patience.toMillis(), TimeUnit.MILLISECONDS);
      Runtime.getRuntime().halt(clean ? 0 : 1);
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(1);
    }
  }
}
