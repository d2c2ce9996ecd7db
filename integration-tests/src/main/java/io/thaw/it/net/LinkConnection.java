package io.thaw.it.net;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// A client's connection to the link with the one it causes to the server, and the four threads
/// that carry data between them.
final class LinkConnection {
  private final Socket near;
  private final Socket far;
  private final Consumer<LinkConnection> onEnd;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger deliveriesLeft = new AtomicInteger(2);

  LinkConnection(Socket near, Socket far, Consumer<LinkConnection> onEnd) {
    this.near = near;
    this.far = far;
    this.onEnd = onEnd;
  }

  void start(LinkDirection up, LinkDirection down) {
    run("link-up-in", () -> up.send(near));
    run("link-up-out", () -> deliver(up, far));
    run("link-down-in", () -> down.send(far));
    run("link-down-out", () -> deliver(down, near));
  }

  /// Ends both sides at once, with a reset.
  void reset() {
    try {
      near.setSoLinger(true, 0);
      far.setSoLinger(true, 0);
    } catch (IOException e) {
      // closed already, then there is nothing to reset
    }
    close();
  }

  private void deliver(LinkDirection direction, Socket to)
      throws IOException, InterruptedException {
    direction.deliver(to);
    if (deliveriesLeft.decrementAndGet() == 0) {
      close();
    }
  }

  private void close() {
    try {
      near.close();
      far.close();
    } catch (IOException e) {
      System.err.println("The shaped link could not close a connection: " + e.getMessage());
    }
    synchronized (threads) {
      threads.forEach(Thread::interrupt);
    }
    onEnd.accept(this);
  }

  @FunctionalInterface
  private interface Carrier {
    void carry() throws IOException, InterruptedException;
  }

  private void run(String name, Carrier carrier) {
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(
                () -> {
                  try {
                    carrier.carry();
                  } catch (IOException e) {
                    reset();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    synchronized (threads) {
      threads.add(thread);
    }
    thread.start();
  }
}
