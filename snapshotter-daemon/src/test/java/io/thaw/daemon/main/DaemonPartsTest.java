package io.thaw.daemon.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.thaw.fuse.sys.Mounts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonPartsTest {
  @TempDir Path directory;

  @Test
  void partsAreClosedTheLastFirstAndAFailureStopsNothing() {
    List<String> closed = new ArrayList<>();
    Closers closers = new Closers();
    closers.add("one", () -> closed.add("one"));
    closers.add(
        "two",
        () -> {
          throw new IOException("stuck");
        });
    closers.add("three", () -> closed.add("three"));

    closers.close();
    closers.close();

    assertThat(closed).containsExactly("three", "one");
  }

  @Test
  void aRootIsLockedOnce() throws IOException {
    RootLock lock = RootLock.take(directory);
    assertThatThrownBy(() -> RootLock.take(directory)).hasMessageContaining("already uses");

    lock.close();

    RootLock.take(directory).close();
  }

  @Test
  void nothingIsMountedBelowAFreshDirectory() throws IOException {
    assertThat(ProcMounts.below(directory)).isEmpty();
    assertThat(new ProcMounts().detachServed(directory, Set.of())).isZero();
    assertThat(ProcMounts.below(Path.of("/proc"))).isNotEmpty();
  }

  @Test
  void aDiskOfTheOperatorsBelowTheRootStaysMounted() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Path disk = Files.createDirectory(directory.resolve("layers"));
    Mounts.mount("tmpfs", disk, "tmpfs", 0, "size=64k");
    try {
      assertThat(new ProcMounts().detachServed(directory, Set.of())).isZero();

      assertThat(ProcMounts.below(directory)).containsExactly(disk);
    } finally {
      Mounts.unmount(disk, 0);
    }
  }

  @Test
  void systemdHearsThatTheDaemonIsReady() throws IOException {
    Epoll.ensureAvailability();
    Path path = directory.resolve("notify");
    Socket systemd = Socket.newSocketDomainDgram();
    try {
      systemd.bind(new DomainSocketAddress(path.toFile()));
      new SystemdNotify(Map.of("NOTIFY_SOCKET", path.toString())).send("READY=1");

      ByteBuffer message = ByteBuffer.allocateDirect(100);
      int length = systemd.recv(message, 0, 100);
      byte[] bytes = new byte[length];
      message.get(0, bytes);
      assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("READY=1");
    } finally {
      systemd.close();
    }
  }

  @Test
  void withoutSystemdNothingIsSent() throws IOException {
    new SystemdNotify(Map.of()).send("READY=1");
  }
}
