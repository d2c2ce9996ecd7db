package io.thaw.fuse;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/// How often file systems were asked for what, how long the answers took, and how many bytes they
/// held. One for all mounts of a process. Counting takes no lock and allocates nothing; safe for
/// use by many threads.
public final class FuseCounters {
  /// Answers that took up to 1, 2, 4, … microseconds, and those that took longer than the last.
  public static final int BUCKETS = 24;

  private final Map<Operation, Counts> counts = new EnumMap<>(Operation.class);
  private final LongAdder bytesRead = new LongAdder();

  /// What a file system is asked for, as far as it is told apart here.
  public enum Operation {
    LOOKUP,
    GETATTR,
    READLINK,
    OPEN,
    READ,
    OPENDIR,
    READDIR,
    GETXATTR,
    LISTXATTR,
    OTHER
  }

  private static final class Counts {
    final LongAdder[] buckets = new LongAdder[BUCKETS + 1];
    final LongAdder nanos = new LongAdder();
    final LongAdder failures = new LongAdder();

    Counts() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }
  }

  public FuseCounters() {
    for (Operation operation : Operation.values()) {
      counts.put(operation, new Counts());
    }
  }

  private Counts of(Operation operation) {
    return Objects.requireNonNull(counts.get(operation));
  }

  /// A request was answered.
  ///
  /// @param failed whether it should not have been: the answer was EIO or ESTALE
  public void answered(Operation operation, long nanos, boolean failed) {
    Counts of = of(operation);
    of.buckets[bucket(nanos)].increment();
    of.nanos.add(nanos);
    if (failed) {
      of.failures.increment();
    }
  }

  /// A read gave this many bytes.
  public void read(long bytes) {
    bytesRead.add(bytes);
  }

  /// The bucket whose bound is the first power of two microseconds that is not less.
  private static int bucket(long nanos) {
    long micros = Math.max(1, Math.ceilDiv(nanos, 1_000));
    return Math.min(BUCKETS, Long.SIZE - Long.numberOfLeadingZeros(micros - 1));
  }

  /// How many answers took at most `1 << bucket` microseconds, and more than the bucket before;
  /// those of bucket [#BUCKETS] took longer than all.
  public long count(Operation operation, int bucket) {
    return of(operation).buckets[bucket].sum();
  }

  /// How many answers there were.
  public long count(Operation operation) {
    long sum = 0;
    for (LongAdder bucket : of(operation).buckets) {
      sum += bucket.sum();
    }
    return sum;
  }

  /// How long they took together.
  public long nanos(Operation operation) {
    return of(operation).nanos.sum();
  }

  /// Answers that should have been other ones.
  public long failures(Operation operation) {
    return of(operation).failures.sum();
  }

  /// Bytes all reads gave.
  public long bytesRead() {
    return bytesRead.sum();
  }
}
