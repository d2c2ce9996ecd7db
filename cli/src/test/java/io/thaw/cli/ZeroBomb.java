package io.thaw.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;

/// A gzip layer with one file of 100 GB of zeros, which is never stored: it is made while
/// somebody reads it from a named pipe.
final class ZeroBomb implements AutoCloseable {
  static final long FILE_BYTES = 100L << 30;

  private final Thread writer;
  private final AtomicLong madeBytes = new AtomicLong();

  private ZeroBomb(Path pipe) {
    this.writer = new Thread(() -> write(pipe), "bomb");
    writer.setDaemon(true);
  }

  static ZeroBomb at(Path pipe) throws IOException, InterruptedException {
    int made = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor();
    if (made != 0) {
      throw new IOException("mkfifo failed");
    }
    ZeroBomb bomb = new ZeroBomb(pipe);
    bomb.writer.start();
    return bomb;
  }

  /// Uncompressed bytes written so far.
  long madeBytes() {
    return madeBytes.get();
  }

  private void write(Path pipe) {
    byte[] zeros = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(pipe);
        GZIPOutputStream gzip = new GZIPOutputStream(out, 1 << 16)) {
      gzip.write(Tars.header("zeros", '0', FILE_BYTES));
      while (madeBytes.get() < FILE_BYTES) {
        gzip.write(zeros);
        madeBytes.addAndGet(zeros.length);
      }
      gzip.write(Tars.END);
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("Broken pipe")) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
