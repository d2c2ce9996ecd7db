package io.thaw.daemon.layer;

import io.thaw.ztoc.SpanSink;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Hands bytes to a sink on another thread, so that one core makes them while another uses them.
///
/// A few blocks are on their way at most. What the sink throws reaches the producer with one of its
/// next blocks, or with [#finish]. Used by one producer.
final class Handoff implements SpanSink, AutoCloseable {
  private static final int BLOCKS = 16;
  private static final int BLOCK_BYTES = 256 << 10;
  private static final long LOOK_SECONDS = 1;

  /// Bytes on their way; without any it is the end.
  private static final class Block {
    final byte[] bytes;
    long uncompressedOffset;
    int length;

    Block(int capacity) {
      bytes = new byte[capacity];
    }
  }

  private final SpanSink sink;
  private final BlockingQueue<Block> idle = new ArrayBlockingQueue<>(BLOCKS);
  private final BlockingQueue<Block> full = new ArrayBlockingQueue<>(BLOCKS + 1);
  private final Future<?> consumer;
  private @Nullable Block filling;
  private int made;
  private boolean ended;
  private volatile boolean abandoned;

  Handoff(SpanSink sink, ExecutorService threads) {
    this.sink = sink;
    this.consumer = threads.submit(this::consume);
  }

  private @Nullable Void consume() throws IOException, InterruptedException {
    for (Block block = full.take(); block.length > 0; block = full.take()) {
      if (!abandoned) {
        sink.accept(block.uncompressedOffset, block.bytes, 0, block.length);
      }
      idle.add(block);
    }
    return null;
  }

  @Override
  public void accept(long uncompressedOffset, byte[] buffer, int offset, int length)
      throws IOException {
    for (int done = 0; done < length; ) {
      Block block = filling;
      if (block == null) {
        block = emptyBlock();
        block.uncompressedOffset = uncompressedOffset + done;
        filling = block;
      }
      int n = Math.min(length - done, BLOCK_BYTES - block.length);
      System.arraycopy(buffer, offset + done, block.bytes, block.length, n);
      block.length += n;
      done += n;
      if (block.length == BLOCK_BYTES) {
        send(block);
      }
    }
  }

  private Block emptyBlock() throws IOException {
    try {
      Block block = idle.poll();
      if (block == null && made < BLOCKS) {
        made++;
        return new Block(BLOCK_BYTES);
      }
      while (block == null) {
        block = idle.poll(LOOK_SECONDS, TimeUnit.SECONDS);
        if (block == null && consumer.isDone()) {
          await();
          throw new IOException("the other half of the unpacking ended early");
        }
      }
      block.length = 0;
      return block;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while unpacking");
    }
  }

  private void send(Block block) {
    filling = null;
    full.add(block);
  }

  private void end() {
    if (!ended) {
      ended = true;
      full.add(new Block(0));
    }
  }

  private void await() throws IOException, InterruptedException {
    try {
      consumer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("unpacking failed: " + e.getCause(), e.getCause());
    }
  }

  /// Waits until the sink has taken all bytes.
  void finish() throws IOException {
    Block rest = filling;
    if (rest != null) {
      send(rest);
    }
    end();
    try {
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while unpacking");
    }
  }

  /// Ends the other thread's work, and waits until the sink is not used any more.
  @Override
  public void close() {
    abandoned = true;
    end();
    boolean interrupted = false;
    while (!consumer.isDone()) {
      try {
        await();
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (IOException e) {
        // Whoever closes early knows why; after finish() there is nothing to hear.
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
