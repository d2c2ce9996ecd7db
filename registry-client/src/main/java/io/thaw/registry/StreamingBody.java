package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A response body as a blocking stream with a bound on silence, which the JDK's own stream
/// lacks.
///
/// The HTTP client's threads put buffers in, one reader takes them out. At most [#WINDOW]
/// deliveries are on their way, so a slow reader slows the sender down instead of filling the
/// heap.
final class StreamingBody extends InputStream implements BodySubscriber<InputStream> {

  /// Deliveries asked for ahead of the reader; the JDK delivers what came with a read or two.
  private static final int WINDOW = 3;

  private sealed interface Item {}

  private record Bytes(List<ByteBuffer> buffers) implements Item {}

  private record End(@Nullable Throwable failure) implements Item {}

  private final Duration stall;
  private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private final ArrayDeque<ByteBuffer> current = new ArrayDeque<>();
  private @Nullable End end;
  private volatile boolean closed;

  StreamingBody(Duration stall) {
    this.stall = stall;
  }

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    if (!subscription.complete(given)) {
      given.cancel();
    } else if (closed) {
      given.cancel();
    } else {
      given.request(WINDOW);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    items.add(new Bytes(buffers));
  }

  @Override
  public void onError(Throwable failure) {
    items.add(new End(failure));
  }

  @Override
  public void onComplete() {
    items.add(new End(null));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    while (true) {
      ByteBuffer buffer = current.peek();
      if (buffer == null) {
        if (!next()) {
          return -1;
        }
      } else if (!buffer.hasRemaining()) {
        current.remove();
      } else {
        int taken = Math.min(length, buffer.remaining());
        buffer.get(target, offset, taken);
        return taken;
      }
    }
  }

  /// Takes the next delivery; false at the end of the body.
  private boolean next() throws IOException {
    if (closed) {
      throw new IOException("response body is closed");
    }
    if (end == null) {
      switch (take()) {
        case Bytes bytes -> {
          current.addAll(bytes.buffers());
          subscription.join().request(1);
          return true;
        }
        case End last -> end = last;
      }
    }
    Throwable failure = end == null ? null : end.failure();
    if (failure != null) {
      throw new IOException("response body broke off: " + failure.getMessage(), failure);
    }
    return false;
  }

  private Item take() throws IOException {
    try {
      Item item = items.poll(stall.toNanos(), TimeUnit.NANOSECONDS);
      if (item == null) {
        close();
        throw new IOException("response body stalled: no byte for " + stall.toMillis() + " ms");
      }
      return item;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while reading a response body");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /// Aborts the transfer unless it is complete, and ends a read that waits.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    Flow.Subscription given = subscription.getNow(null);
    if (given != null) {
      given.cancel();
    }
    items.add(new End(new IOException("it was closed")));
  }
}
