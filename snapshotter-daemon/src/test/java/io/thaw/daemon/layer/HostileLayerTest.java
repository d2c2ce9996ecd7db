package io.thaw.daemon.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.daemon.disk.FakeVolume;
import io.thaw.daemon.disk.MemorySpans;
import io.thaw.daemon.fetch.FetchConfig;
import io.thaw.daemon.fetch.FetchCounters;
import io.thaw.daemon.fetch.Room;
import io.thaw.daemon.fetch.SpanScheduler;
import io.thaw.ztoc.SpanExtractor;
import io.thaw.ztoc.ZtocOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Layers whose author wants to reach the host: whichever way they are written, nothing outside of
/// their tree is made, changed, linked or followed. Needs root, because layers have owners.
@Timeout(120)
class HostileLayerTest {
  @TempDir Path directory;
  private Path outside;
  private SpanScheduler scheduler;
  private LayerStore store;
  private ByteArrayOutputStream bytes;
  private TarArchiveOutputStream tar;

  /// The ways in which a layer's bytes become files.
  enum Way {
    STREAM,
    SPANS
  }

  @BeforeEach
  void start() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "the host's");
    bytes = new ByteArrayOutputStream();
    tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes), "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  @AfterEach
  void close() throws IOException {
    if (store != null) {
      store.close();
      scheduler.close();
    }
  }

  private void file(String name) throws IOException {
    // The second argument keeps the slash at the beginning.
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    byte[] content = ("of " + name).getBytes(UTF_8);
    entry.setSize(content.length);
    entry.setMode(0104755);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void link(String name, byte type, String target) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private void symlink(String name, String target) throws IOException {
    link(name, TarConstants.LF_SYMLINK, target);
  }

  private void directory(String name) throws IOException {
    tar.putArchiveEntry(new TarArchiveEntry(name + "/", TarConstants.LF_DIR, true));
    tar.closeArchiveEntry();
  }

  private StoredLayer layer() throws IOException {
    tar.close();
    return StoredLayer.of(bytes.toByteArray(), 65536);
  }

  private void open(FakeBlobs blobs, EagerLayers eager) throws IOException {
    scheduler = SpanScheduler.start(FetchConfig.defaults(), new FetchCounters(), Room.PLENTY);
    store =
        LayerStore.open(
            directory.resolve("layers"),
            scheduler,
            blobs,
            new SpanExtractor(),
            eager,
            FakeVolume.withRoom(),
            new MemorySpans(1 << 20),
            SpanBitmap.currentBoot(),
            LayerReads.Factory.NONE);
  }

  private Layer unpacked(StoredLayer layer, Way way) throws IOException {
    open(new FakeBlobs(layer), StoredLayer.eager());
    return store.unpack(layer.blob, way == Way.STREAM ? layer.order() : layer.bySpans()).layer();
  }

  private void assertOutsideUntouched() throws IOException {
    try (Stream<Path> names = Files.list(outside)) {
      assertThat(names).containsExactly(outside.resolve("secret"));
    }
    assertThat(outside.resolve("secret")).hasContent("the host's");
    assertThat(Files.getAttribute(outside.resolve("secret"), "unix:nlink")).isEqualTo(1);
    assertThat((int) Files.getAttribute(outside.resolve("secret"), "unix:mode") & 06000).isZero();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void namesThatClimbOrBeginAtTheRootStayInTheTree(Way way) throws IOException {
    String climb = "../".repeat(40);
    file(climb + outside.toString().substring(1) + "/climbed");
    file(outside + "/absolute");
    file("a/b/../../../../x");
    Layer layer = unpacked(layer(), way);

    assertOutsideUntouched();
    assertThat(Files.getAttribute(directory.resolve("layers"), "unix:mode"))
        .as("its setuid programs are out of reach")
        .isEqualTo(0040700);
    Path inside = layer.tree().resolve(outside.toString().substring(1));
    assertThat(inside.resolve("climbed")).isRegularFile();
    assertThat(inside.resolve("absolute")).isRegularFile();
    assertThat(layer.tree().resolve("x")).isRegularFile();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void noSymbolicLinkLeadsOut(Way way) throws IOException {
    symlink("absolute", outside.toString());
    file("absolute/through");
    symlink("climbing", "../".repeat(40) + outside.toString().substring(1));
    file("climbing/through");
    symlink("file", outside.resolve("secret").toString());
    file("file");
    directory("replaced");
    symlink("replaced", outside.toString());
    file("replaced/through");
    symlink("loop", "loop");
    Layer layer;
    try {
      layer = unpacked(layer(), way);
    } catch (IOException e) {
      assertOutsideUntouched();
      return; // refused as a whole
    }

    assertOutsideUntouched();
    assertThat(layer.settled()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void noHardLinkReachesAFileOfTheHost(Way way) throws IOException {
    link("stolen", TarConstants.LF_LINK, outside.resolve("secret").toString());
    file("other");

    assertThatThrownBy(() -> unpacked(layer(), way)).isInstanceOf(IOException.class);

    assertOutsideUntouched();
    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void noHardLinkGoesThroughASymbolicLink(Way way) throws IOException {
    symlink("d", outside.toString());
    link("stolen", TarConstants.LF_LINK, "d/secret");

    assertThatThrownBy(() -> unpacked(layer(), way)).isInstanceOf(IOException.class);

    assertOutsideUntouched();
  }

  @Test
  void aBombIsRefusedAndLeavesNothing() throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry("zeros");
    entry.setSize(4 << 20);
    tar.putArchiveEntry(entry);
    tar.write(new byte[4 << 20]);
    tar.closeArchiveEntry();
    StoredLayer layer = layer();
    EagerLayers usual = StoredLayer.eager();
    EagerLayers careful =
        new EagerLayers(
            usual.downloads(),
            usual.decompressors(),
            usual.ztocs().withMaxUncompressedBytes(1 << 20),
            new Semaphore(1),
            usual.frames(),
            usual.threads());
    open(new FakeBlobs(layer), careful);

    assertThatThrownBy(() -> store.unpack(layer.blob, layer.order()))
        .hasMessageContaining("1048576 bytes");

    assertThat(directory.resolve("layers")).isEmptyDirectory();
  }

  @Test
  void whatALayerMayUnpackToGrowsWithItsStoredBytes() {
    ZtocOptions limits = ZtocOptions.DEFAULT;
    assertThat(Unpacker.maxTarBytes(1_000, limits)).isEqualTo(1L << 30);
    assertThat(Unpacker.maxTarBytes(100L << 20, limits))
        .isEqualTo((100L << 20) * limits.maxExpansion());
    assertThat(Unpacker.maxTarBytes(Long.MAX_VALUE, limits))
        .isEqualTo(limits.maxUncompressedBytes());
  }
}
