package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.thaw.index.ConvertReport;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.node.Await;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// An image of zstd layers: one of many frames, which is read lazily, and on top of it one of a
/// single frame, which cannot be. containerd's own unpacking says what has to come out.
class ZstdLazyIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int FRAME_BYTES = 50_000;

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  private ImageLayout image;
  private List<Path> tars;

  @Test
  void framesAreReadLazilyAndASingleFrameIsUnpacked() throws IOException {
    String reference = push();
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);

    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertThat(node.thawd().log()).contains("the index has no zTOC for this layer; unpacked here");
    assertSameTree(reference);
    assertThat(node.thawd().lazyMounts()).hasSize(1);
  }

  @Test
  void aLayerOfFramesSettles() throws IOException {
    String reference = push();
    node.startNode("[fill]\nstart_delay_msec = 1\n");
    node.containerd().cri().pull(reference, null);
    Await.until(LIMIT, "the layer to settle", () -> node.thawd().settledLayers() == 1);

    assertSameTree(reference);
  }

  private void assertSameTree(String reference) throws IOException {
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"));
        PlainUnpack names = PlainUnpack.of(tars, node.dir("unpacked"))) {
      TreeManifest expected = names.withoutUnknownTimes(TreeManifest.of(plain.root()));
      TreeManifest actual = names.withoutUnknownTimes(TreeManifest.of(ours.root()));
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSizeGreaterThan(100).hasSameSizeAs(expected.lines());
      assertThat(actual.lines()).anyMatch(line -> line.startsWith("on-top/d0/file3 "));
    }
  }

  private String push() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    Path layers = node.dir("layers");
    Path below = Files.write(layers.resolve("below.tar"), tar("below", 150));
    Path top = Files.write(layers.resolve("top.tar"), tar("on-top", 10));
    tars = List.of(below, top);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    writer.addStored(Files.write(layers.resolve("1.zst"), frames(Files.readAllBytes(below))));
    writer.addStored(Files.write(layers.resolve("2.zst"), Zstd.compress(Files.readAllBytes(top))));
    image = writer.finish(List.of("/nothing"), List.of("PATH=/"));
    Path converted = node.fresh("converted");
    ConvertReport report = ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    assertThat(report.indexedLayers()).isEqualTo(1);
    assertThat(report.platforms().getFirst().layers().getLast().outcome().toString())
        .contains("will be pulled eagerly: it is a single zstd frame");
    node.push().push(converted, node.registry().address() + "/zstd:1");
    return node.link().address() + "/zstd:1";
  }

  /// Frames of equal length, and behind them something that only a frame-aware tool looks at.
  private static byte[] frames(byte[] tar) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < tar.length; from += FRAME_BYTES) {
      out.writeBytes(
          Zstd.compress(Arrays.copyOfRange(tar, from, Math.min(tar.length, from + FRAME_BYTES))));
    }
    byte[] table = new byte[80_000];
    out.writeBytes(
        ByteBuffer.allocate(8 + table.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0x184D2A5E)
            .putInt(table.length)
            .array());
    return out.toByteArray();
  }

  /// Directories of files that compress, of a link each, and one whose name is long.
  private static byte[] tar(String root, int files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      add(tar, new TarArchiveEntry(root + "/"), new byte[0]);
      for (int i = 0; i < files; i++) {
        String directory = root + "/d" + i / 10 + "/";
        if (i % 10 == 0) {
          add(tar, new TarArchiveEntry(directory), new byte[0]);
          TarArchiveEntry link = new TarArchiveEntry(directory + "link", TarConstants.LF_SYMLINK);
          link.setLinkName("file" + i);
          add(tar, link, new byte[0]);
        }
        add(tar, new TarArchiveEntry(directory + "file" + i), content(i));
      }
      add(tar, new TarArchiveEntry(root + "/" + "long".repeat(50)), content(files));
    }
    return out.toByteArray();
  }

  private static byte[] content(int seed) {
    byte[] noise = new byte[3_000];
    new Random(seed).nextBytes(noise);
    String text = HexFormat.of().formatHex(noise);
    return (text + text).getBytes(StandardCharsets.US_ASCII);
  }

  private static void add(TarArchiveOutputStream tar, TarArchiveEntry entry, byte[] content)
      throws IOException {
    entry.setModTime(1_700_000_000_000L);
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
