package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.FetchEvents;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseSession;
import io.thaw.fuse.LayerFilesystem;
import io.thaw.fuse.MountOptions;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerMounterTest {
  @TempDir Path directory;

  /// Remembers sessions instead of mounting.
  private static final class FakeBackend implements FuseBackend {
    final List<FakeSession> sessions = new ArrayList<>();

    @Override
    public String name() {
      return "fake";
    }

    @Override
    public FuseSession mount(LayerFilesystem filesystem, Path mountpoint, MountOptions options) {
      FakeSession session = new FakeSession(filesystem, mountpoint);
      sessions.add(session);
      return session;
    }

    @Override
    public void close() {}
  }

  private static final class FakeSession implements FuseSession {
    final LayerFilesystem filesystem;
    final Path mountpoint;
    boolean open = true;
    boolean failing;

    FakeSession(LayerFilesystem filesystem, Path mountpoint) {
      this.filesystem = filesystem;
      this.mountpoint = mountpoint;
    }

    @Override
    public Path mountpoint() {
      return mountpoint;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() throws IOException {
      open = false;
      if (failing) {
        throw new IOException("umount2(" + mountpoint + "): EBUSY");
      }
    }
  }

  @Test
  void mountsALayerAtManyDirectoriesAndUnmountsAll() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", 65536);
    FakeBackend backend = new FakeBackend();
    try (SpanScheduler scheduler =
            SpanScheduler.start(FetchConfig.defaults(), FetchEvents.NONE, Room.PLENTY);
        LayerStore store =
            LayerStore.open(
                directory.resolve("layers"),
                scheduler,
                new FakeBlobs(stored),
                new SpanExtractor(),
                StoredLayer.eager(),
                FakeVolume.withRoom(),
                new MemorySpans(1 << 20),
                SpanBitmap.currentBoot(),
                LayerReads.Factory.NONE)) {
      Layer layer = stored.openIn(store);
      LayerMounter mounter = new LayerMounter(backend, MountOptions.defaults());
      Path one = directory.resolve("one");
      Path two = directory.resolve("two");
      mounter.mount(layer, one, false);
      mounter.mount(layer, directory.resolve("x/../two"), true);
      assertThat(backend.sessions.stream().map(s -> s.filesystem.quickXattrs()))
          .containsExactly(false, true);
      assertThat(backend.sessions).extracting(s -> s.mountpoint).containsExactly(one, two);
      assertThat(backend.sessions.getFirst().filesystem).isEqualTo(layer.filesystem());
      assertThatThrownBy(() -> mounter.mount(layer, one, false))
          .hasMessageContaining(one + " already is a mountpoint");
      assertThat(mounter.isMounted(one)).isTrue();
      mounter.unmount(one);
      mounter.unmount(one);
      assertThat(mounter.isMounted(one)).isFalse();
      assertThat(backend.sessions.getFirst().open).isFalse();
      mounter.mount(layer, one, false);
      backend.sessions.getLast().failing = true;
      assertThatThrownBy(mounter::close).hasMessageContaining("EBUSY");
      assertThat(backend.sessions).noneMatch(FakeSession::isOpen);
    }
  }
}
