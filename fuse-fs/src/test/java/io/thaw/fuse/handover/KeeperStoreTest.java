package io.thaw.fuse.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.fuse.sys.Descriptors;
import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KeeperStoreTest {
  @TempDir Path directory;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(directory.resolve("root")).toRealPath();
    assumeTrue(Files.isExecutable(Path.of("/bin/sleep")));
  }

  @AfterEach
  void endTheKeeper() throws IOException {
    Keeper.find(root).ifPresent(ProcessHandle::destroyForcibly);
  }

  private KeeperStore open() throws IOException {
    return KeeperStore.open(Keeper.of(root));
  }

  /// A file that says `text`, open for reading and already removed: only its descriptor is left.
  private int file(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("file-" + text), text);
    int fd = Linux.openat(Linux.AT_FDCWD, bytes(file), Linux.O_RDONLY, 0);
    Files.delete(file);
    return fd;
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String read(int fd) throws IOException {
    try {
      return Files.readString(Path.of("/proc/self/fd/" + fd));
    } finally {
      Linux.close(fd);
    }
  }

  /// What the next daemon finds, and what the descriptors are of.
  private Map<String, String> found() throws IOException {
    try (KeeperStore store = open()) {
      Map<String, String> texts = new TreeMap<>();
      for (DescriptorStore.Kept kept : store.take()) {
        texts.put(kept.name(), read(kept.descriptor()));
      }
      return texts;
    }
  }

  private void keepAndClose(KeeperStore store, String name) throws IOException {
    int fd = file(name);
    store.keep(name, fd);
    Linux.close(fd);
  }

  @Test
  void theNextDaemonFindsWhatTheOneBeforeKept() throws Exception {
    try (KeeperStore store = open()) {
      assertThat(store.take()).isEmpty();
      keepAndClose(store, "one");
      keepAndClose(store, "two");
    }
    assertThat(found()).isEqualTo(Map.of("one", "one", "two", "two"));
    assertThat(found()).as("once more").isEqualTo(Map.of("one", "one", "two", "two"));
  }

  @Test
  void oneProcessServesAllDaemonsOfARoot() throws Exception {
    open().close();
    long first = Keeper.find(root).orElseThrow().pid();
    open().close();
    assertThat(Keeper.find(root).orElseThrow().pid()).isEqualTo(first);
  }

  @Test
  void holdsHundredsAndForgetsSome() throws Exception {
    Map<String, Integer> open = new TreeMap<>();
    try (KeeperStore store = open()) {
      store.take();
      for (int i = 0; i < 350; i++) {
        String name = "n%03d".formatted(i);
        open.put(name, file(name));
        store.keep(name, open.get(name));
      }
      for (int i = 0; i < 350; i += 7) {
        store.forget("n%03d".formatted(i));
      }
      store.forget("never kept");
    }
    for (int fd : open.values()) {
      Linux.close(fd);
    }
    open.keySet().removeIf(name -> Integer.parseInt(name.substring(1)) % 7 == 0);
    Map<String, String> found = found();
    assertThat(found.keySet()).isEqualTo(open.keySet());
    assertThat(found).allSatisfy((name, text) -> assertThat(text).isEqualTo(name));
  }

  @Test
  void whatIsForgottenIsClosed() throws Exception {
    try (KeeperStore store = open()) {
      store.take();
      int[] pair = Descriptors.socketPair();
      store.keep("pair", pair[1]);
      Linux.close(pair[1]);
      Descriptors.send(pair[0], bytes(Path.of("x")));
      store.forget("pair");
      assertThat(errnoOf(() -> Descriptors.send(pair[0], bytes(Path.of("x")))))
          .as("EPIPE: nobody has the other end")
          .isEqualTo(32);
      Linux.close(pair[0]);
    }
  }

  private interface Action {
    void run() throws LinuxException;
  }

  private static int errnoOf(Action action) {
    try {
      action.run();
      return 0;
    } catch (LinuxException e) {
      return e.errno();
    }
  }

  @Test
  void aSnapshotThatADyingDaemonBeganDoesNotCount() throws Exception {
    try (KeeperStore store = open()) {
      store.take();
      keepAndClose(store, "one");
    }
    try (Keeper keeper = Keeper.of(root)) {
      int fd = file("torn");
      Descriptors.send(keeper.entrance(), new Part(99, 1, 2, List.of("torn")).bytes(), fd);
      Linux.close(fd);
    }
    assertThat(found()).isEqualTo(Map.of("one", "one"));
  }

  @Test
  void aDaemonThatDiesWhileItTakesOverLeavesEverything() throws Exception {
    try (KeeperStore store = open()) {
      store.take();
      keepAndClose(store, "one");
    }
    try (Keeper keeper = Keeper.of(root)) {
      Descriptors.setPeekOffset(keeper.exit(), 0);
      for (Descriptors.Message m = Descriptors.peek(keeper.exit());
          m != null;
          m = Descriptors.peek(keeper.exit())) {
        for (int fd : m.descriptors()) {
          Linux.close(fd);
        }
      }
    }
    assertThat(found()).isEqualTo(Map.of("one", "one"));
  }

  @Test
  void endsWithItsProcess() throws Exception {
    KeeperStore store = open();
    store.take();
    keepAndClose(store, "one");
    store.end();
    store.close();
    assertThat(Keeper.find(root)).isEmpty();
    assertThat(found()).isEmpty();
  }

  @Test
  void takesNoOtherProcessForAKeeper() throws Exception {
    Files.writeString(root.resolve("keeper.pid"), ProcessHandle.current().pid() + "\n");
    assertThat(Keeper.find(root)).isEmpty();
    Files.writeString(root.resolve("keeper.pid"), "-1 or something\n");
    assertThat(Keeper.find(root)).isEmpty();
    open().close();
    assertThat(Keeper.find(root)).isPresent();
  }

  @Test
  void theKeeperHasNothingOpenButTheTwoEnds() throws Exception {
    int fd = file("not for others");
    open().close();
    long pid = Keeper.find(root).orElseThrow().pid();
    try (var fds = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      assertThat(fds.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("0", "1", "2", "3", "4");
    }
    Linux.close(fd);
  }
}
