package io.thaw.fuse.handover;

import io.thaw.fuse.sys.Descriptors;
import io.thaw.fuse.sys.Descriptors.Message;
import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Descriptors in the queue of a socket pair that a {@link Keeper} holds open.
///
/// The queue is a log: a *snapshot* of all names in one or more messages, then additions. When it
/// grows long, or a name is to go, a new snapshot is appended and what lies before it is read away:
/// at every moment the queue holds everything, wherever the daemon dies. A snapshot counts once its
/// last part is there.
public final class KeeperStore implements DescriptorStore {
  private static final int PER_MESSAGE = 100;
  private static final int MOST_ADDITIONS = 64;

  private final Keeper keeper;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> kept = new LinkedHashMap<>();
  private int messages;
  private int additions;
  private long generation;

  private KeeperStore(Keeper keeper) {
    this.keeper = keeper;
  }

  /// Finds the keeper of an earlier daemon, or starts one.
  ///
  /// @param keeper of this root
  public static KeeperStore open(Keeper keeper) {
    return new KeeperStore(keeper);
  }

  @Override
  public String kind() {
    return "keeper (process " + keeper.pid() + ")";
  }

  @Override
  public List<Kept> take() throws IOException {
    lock.lock();
    try {
      Log log = new Log();
      Descriptors.setPeekOffset(keeper.exit(), 0);
      for (Message m = peek(); m != null; m = peek()) {
        log.add(m);
        messages++;
      }
      kept.putAll(log.current());
      log.closeOthers();
      generation = log.generation;
      snapshot();
      List<Kept> taken = new ArrayList<>();
      kept.forEach((name, descriptor) -> taken.add(new Kept(name, descriptor)));
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Message peek() throws IOException {
    return Descriptors.peek(keeper.exit());
  }

  @Override
  public void keep(String name, int descriptor) throws IOException {
    lock.lock();
    try {
      kept.put(name, descriptor);
      if (++additions > MOST_ADDITIONS) {
        snapshot();
        return;
      }
      send(new Part(generation, 0, 0, List.of(name)), descriptor);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void forget(String name) throws IOException {
    lock.lock();
    try {
      if (kept.remove(name) != null) {
        snapshot();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Appends everything, then takes what lies before it out of the queue.
  private void snapshot() throws IOException {
    int before = messages;
    generation++;
    additions = 0;
    List<String> names = List.copyOf(kept.keySet());
    int parts = Math.max(1, (names.size() + PER_MESSAGE - 1) / PER_MESSAGE);
    for (int i = 0; i < parts; i++) {
      List<String> some =
          names.subList(i * PER_MESSAGE, Math.min(names.size(), (i + 1) * PER_MESSAGE));
      // Every message carries a descriptor: only then does the kernel keep it apart from the next.
      int[] descriptors =
          some.isEmpty()
              ? new int[] {keeper.entrance()}
              : some.stream().mapToInt(kept::get).toArray();
      send(new Part(generation, i + 1, parts, some), descriptors);
    }
    for (int i = 0; i < before; i++) {
      Message old = Descriptors.receive(keeper.exit());
      if (old != null) {
        closeAll(old.descriptors());
      }
      messages--;
    }
  }

  private void send(Part part, int... descriptors) throws IOException {
    Descriptors.send(keeper.entrance(), part.bytes(), descriptors);
    messages++;
  }

  @Override
  public void end() throws IOException {
    lock.lock();
    try {
      kept.clear();
      keeper.end();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    keeper.close();
  }

  private static void closeAll(int... descriptors) throws IOException {
    for (int descriptor : descriptors) {
      Linux.close(descriptor);
    }
  }

  /// What the queue says, message by message.
  private static final class Log {
    private final List<Integer> others = new ArrayList<>();
    private Map<String, Integer> whole = new LinkedHashMap<>();
    private Map<String, Integer> partial = new LinkedHashMap<>();
    long generation;

    void add(Message message) throws IOException {
      Part part = Part.of(message.bytes());
      int[] descriptors = message.descriptors();
      if (part == null || part.names().size() > descriptors.length) {
        closeAll(descriptors);
        return;
      }
      generation = Math.max(generation, part.generation());
      if (part.index() == 1) {
        others.addAll(partial.values());
        partial = new LinkedHashMap<>();
      }
      Map<String, Integer> into = part.isAddition() ? whole : partial;
      for (int i = 0; i < part.names().size(); i++) {
        Integer older = into.put(part.names().get(i), descriptors[i]);
        if (older != null) {
          others.add(older);
        }
      }
      closeAll(Arrays.copyOfRange(descriptors, part.names().size(), descriptors.length));
      if (!part.isAddition() && part.index() == part.count()) {
        others.addAll(whole.values());
        whole = partial;
        partial = new LinkedHashMap<>();
      }
    }

    Map<String, Integer> current() {
      return whole;
    }

    void closeOthers() throws IOException {
      others.addAll(partial.values());
      for (int descriptor : others) {
        closeAll(descriptor);
      }
    }
  }
}
