package io.thaw.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Bounds the requests in flight to one host. A request counts until its body has ended or is
/// closed.
final class HostGate implements Transport {

  /// Waiting longer than this means that responses are not being closed, or a link that is dead
  /// to the world.
  private static final long MAX_WAIT_MINUTES = 10;

  /// Storages with a host name per bucket or node must not fill the heap; what is idle is
  /// forgotten.
  private static final int MAX_HOSTS = 10_000;

  private final Transport transport;
  private final int maxPerHost;
  private final ConcurrentHashMap<String, Semaphore> gates = new ConcurrentHashMap<>();

  HostGate(Transport transport, int maxPerHost) {
    this.transport = transport;
    this.maxPerHost = maxPerHost;
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    if (gates.size() > MAX_HOSTS) {
      gates.values().removeIf(gate -> gate.availablePermits() == maxPerHost);
    }
    Semaphore gate =
        gates.computeIfAbsent(
            Texts.authority(request.uri()), host -> new Semaphore(maxPerHost, true));
    if (!gate.tryAcquire(MAX_WAIT_MINUTES, TimeUnit.MINUTES)) {
      throw new IOException(
          maxPerHost
              + " requests have been in flight for "
              + MAX_WAIT_MINUTES
              + " minutes; none finished");
    }
    boolean passed = false;
    try {
      Response response = transport.send(request);
      passed = true;
      return new Response(
          response.status(), response.headers(), new GatedBody(response.body(), gate));
    } finally {
      if (!passed) {
        gate.release();
      }
    }
  }

  @Override
  public void close() {
    transport.close();
  }

  private static final class GatedBody extends FilterInputStream {

    private final Semaphore gate;
    private final AtomicBoolean released = new AtomicBoolean();

    GatedBody(InputStream body, Semaphore gate) {
      super(body);
      this.gate = gate;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      if (value < 0) {
        release();
      }
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      if (count < 0) {
        release();
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        release();
      }
    }

    private void release() {
      if (released.compareAndSet(false, true)) {
        gate.release();
      }
    }
  }
}
