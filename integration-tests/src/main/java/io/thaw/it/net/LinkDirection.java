package io.thaw.it.net;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/// One direction of one connection: a thread that reads and takes its share of the rate, and one
/// that delivers after the delay.
final class LinkDirection {
  private static final int PIECE_BYTES = 16 * 1024;
  // As much as is under way at once, like a TCP window of 8 MiB.
  private static final int WINDOW_PIECES = 512;

  private final Pacer pacer;
  private final long delayNanos;
  private final long earliest;
  private final Counter counter;
  private final BlockingQueue<Piece> underway = new LinkedBlockingQueue<>(WINDOW_PIECES);

  /// Data on its way; an empty piece is the end of the stream.
  private record Piece(ByteBuffer data, long arrival) {}

  /// Learns of data when it arrives.
  @FunctionalInterface
  interface Counter {
    void arrived(byte[] data, int length);
  }

  LinkDirection(Pacer pacer, Duration delay, long earliest, Counter counter) {
    this.pacer = pacer;
    this.delayNanos = delay.toNanos();
    this.earliest = earliest;
    this.counter = counter;
  }

  /// Reads `from` until its end.
  void send(Socket from) throws IOException, InterruptedException {
    InputStream in = from.getInputStream();
    byte[] buffer = new byte[PIECE_BYTES];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        long left = pacer.reserve(n, Math.max(earliest, System.nanoTime()));
        underway.put(new Piece(ByteBuffer.wrap(Arrays.copyOf(buffer, n)), left + delayNanos));
        sleepUntil(left - Pacer.SLACK_NANOS);
      }
    } finally {
      underway.put(new Piece(ByteBuffer.allocate(0), System.nanoTime() + delayNanos));
    }
  }

  /// Writes to `to` what was read, each piece at its time, and ends that side of the connection
  /// with the stream.
  void deliver(Socket to) throws IOException, InterruptedException {
    OutputStream out = to.getOutputStream();
    for (Piece piece = underway.take(); piece.data().hasRemaining(); piece = underway.take()) {
      sleepUntil(piece.arrival());
      byte[] data = piece.data().array();
      counter.arrived(data, data.length);
      out.write(data);
    }
    if (to.isClosed()) {
      throw new EOFException("The connection was reset");
    }
    to.shutdownOutput();
  }

  private static void sleepUntil(long time) {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
    }
  }
}
