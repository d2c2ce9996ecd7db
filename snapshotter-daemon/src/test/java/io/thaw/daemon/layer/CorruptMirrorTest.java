package io.thaw.daemon.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfigs;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import io.thaw.registry.Repository;
import io.thaw.registry.hosts.HostsDirectory;
import io.thaw.ztoc.SpanExtractor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A mirror that serves wrong bytes, in front of an upstream that does not.
class CorruptMirrorTest {
  private static final long SPAN = 65536;

  @TempDir Path directory;
  private final FetchCounters counters = new FetchCounters();
  private StoredLayer layer;
  private LayerBlob blob;
  private BlobHost mirror;
  private BlobHost upstream;
  private RegistryClient registry;
  private SpanScheduler scheduler;
  private LayerStore store;

  @BeforeEach
  void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
  }

  @AfterEach
  void close() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
      registry.close();
      mirror.close();
      upstream.close();
    }
  }

  /// @param wrongBytes places in the layer at which the mirror has another byte
  private void open(StoredLayer stored, boolean upstreamToo, int... wrongBytes) throws IOException {
    layer = stored;
    byte[] wrong = stored.bytes.clone();
    for (int at : wrongBytes) {
      wrong[at] ^= 0x40;
    }
    mirror = new BlobHost(wrong);
    upstream = new BlobHost(upstreamToo ? wrong : stored.bytes);
    Path hosts = Files.createDirectories(directory.resolve("hosts").resolve(upstream.authority()));
    Files.writeString(
        hosts.resolve("hosts.toml"), "[host.\"http://" + mirror.authority() + "\"]\n");
    registry =
        RegistryClient.create(
            RegistryConfig.defaults()
                .withHosts(new HostsDirectory(List.of(directory.resolve("hosts")))),
            CredentialSource.anonymous());
    blob =
        new LayerBlob(
            stored.blob.digest(),
            stored.bytes.length,
            new Repository(upstream.authority(), "team/app"));
    scheduler = SpanScheduler.start(FetchConfigs.withoutReadAhead(), counters, Room.PLENTY);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            new RegistryBlobSources(registry, _ -> {}),
            new SpanExtractor(),
            StoredLayer.eager(),
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            "a boot",
            LayerReads.Factory.NONE);
  }

  private Layer openLazy() throws IOException {
    return store.openLazy(blob, layer.ztocDigest, layer::openZtoc);
  }

  @Test
  void aSpanThatIsWrongComesFromTheUpstreamAndTheMirrorIsLeftAlone() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(stored, false, stored.bytes.length / 2);

    Layer lazy = openLazy();
    lazy.fill();
    lazy.settlement().get(60, TimeUnit.SECONDS);

    assertThat(counters.digestMismatches()).isPositive();
    assertThat(registry.mirrorsDistrusted()).isEqualTo(1);
    assertThat(upstream.requests.get()).isPositive();
    int asked = mirror.requests.get();
    store.remove(lazy);
    Layer again = openLazy();
    again.fill();
    again.settlement().get(60, TimeUnit.SECONDS);
    assertThat(mirror.requests).as("not asked again").hasValue(asked);
  }

  @Test
  void aLayerThatIsUnpackedWholeIsFetchedAgainFromTheUpstream() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(stored, false, stored.bytes.length / 2);

    Layer unpacked = store.unpack(blob, layer.order()).layer();

    assertThat(unpacked.settled()).isTrue();
    assertThat(registry.mirrorsDistrusted()).isEqualTo(1);
    assertThat(directory.resolve("layers")).isDirectoryContaining("glob:**/1");
  }

  @Test
  void soIsOneThatIsUnpackedByItsZtoc() throws Exception {
    StoredLayer stored = StoredLayer.golden("pax-6.tar.gz", SPAN);
    open(stored, false, stored.bytes.length / 2);

    assertThat(store.unpack(blob, layer.bySpans()).layer().settled()).isTrue();
    assertThat(registry.mirrorsDistrusted()).isEqualTo(1);
  }

  @Test
  void withNobodyElseToAskTheRequestsEnd() throws Exception {
    StoredLayer stored = StoredLayer.golden("tiny-6.tar.gz", SPAN);
    open(stored, true, stored.bytes.length / 2);

    assertThatThrownBy(() -> store.unpack(blob, layer.order()))
        .hasMessageContaining("instead of " + blob.digest());

    assertThat(mirror.requests).hasValueLessThan(4);
    assertThat(upstream.requests).hasValueLessThan(4);
    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }
}
