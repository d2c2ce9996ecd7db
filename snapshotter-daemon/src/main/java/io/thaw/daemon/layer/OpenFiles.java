package io.thaw.daemon.layer;

import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Descriptors of files that are being read, over all layers; the least recently used are closed.
///
/// The lock is never held over a system call.
final class OpenFiles implements AutoCloseable {

  /// Opens the file if it is not open.
  @FunctionalInterface
  interface Opener {
    int open() throws IOException;
  }

  /// A file in use; to be released.
  static final class Handle {
    final int fd;
    private int users = 1;
    private boolean dropped;

    private Handle(int fd) {
      this.fd = fd;
    }
  }

  private record Key(long owner, int node) {}

  private final int capacity;
  private final AtomicLong owners = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Handle> handles = new LinkedHashMap<>(64, 0.75f, true);

  OpenFiles(int capacity) {
    this.capacity = capacity;
  }

  /// A number for whoever opens files, given to nobody else.
  long newOwner() {
    return owners.incrementAndGet();
  }

  Handle acquire(long owner, int node, Opener opener) throws IOException {
    Key key = new Key(owner, node);
    Handle known = use(key);
    return known != null ? known : add(key, opener.open());
  }

  private @Nullable Handle use(Key key) {
    lock.lock();
    try {
      Handle handle = handles.get(key);
      if (handle != null) {
        handle.users++;
      }
      return handle;
    } finally {
      lock.unlock();
    }
  }

  private Handle add(Key key, int fd) throws IOException {
    Handle handle = new Handle(fd);
    List<Integer> closing = new ArrayList<>();
    lock.lock();
    try {
      Handle replaced = handles.put(key, handle);
      if (replaced != null) {
        drop(replaced, closing);
      }
      Iterator<Handle> oldest = handles.values().iterator();
      while (handles.size() > capacity && oldest.hasNext()) {
        Handle victim = oldest.next();
        oldest.remove();
        drop(victim, closing);
      }
    } finally {
      lock.unlock();
    }
    closeAll(closing);
    return handle;
  }

  void release(Handle handle) throws IOException {
    List<Integer> closing = new ArrayList<>(1);
    lock.lock();
    try {
      handle.users--;
      if (handle.dropped && handle.users == 0) {
        closing.add(handle.fd);
      }
    } finally {
      lock.unlock();
    }
    closeAll(closing);
  }

  /// Forgets the files of a life of a layer; those in use are closed when they are released.
  void drop(long owner) throws IOException {
    List<Integer> closing = new ArrayList<>();
    lock.lock();
    try {
      handles
          .entrySet()
          .removeIf(
              entry -> {
                boolean mine = entry.getKey().owner == owner;
                if (mine) {
                  drop(entry.getValue(), closing);
                }
                return mine;
              });
    } finally {
      lock.unlock();
    }
    closeAll(closing);
  }

  private static void drop(Handle handle, List<Integer> closing) {
    handle.dropped = true;
    if (handle.users == 0) {
      closing.add(handle.fd);
    }
  }

  private static void closeAll(List<Integer> fds) throws IOException {
    for (int fd : fds) {
      Linux.close(fd);
    }
  }

  @Override
  public void close() throws IOException {
    List<Integer> closing = new ArrayList<>();
    lock.lock();
    try {
      handles.values().forEach(handle -> drop(handle, closing));
      handles.clear();
    } finally {
      lock.unlock();
    }
    closeAll(closing);
  }
}
