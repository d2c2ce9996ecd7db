package io.thaw.cli.builder.intake;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// The latest pushes that made no job; kept in memory only. Safe for many threads.
public final class Notices {
  private static final int KEPT = 100;

  private final Deque<Notice> latest = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();

  void add(Notice notice) {
    lock.lock();
    try {
      latest.addFirst(notice);
      if (latest.size() > KEPT) {
        latest.removeLast();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The latest first.
  public List<Notice> list() {
    lock.lock();
    try {
      return new ArrayList<>(latest);
    } finally {
      lock.unlock();
    }
  }
}
