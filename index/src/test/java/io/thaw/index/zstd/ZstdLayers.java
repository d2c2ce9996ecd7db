package io.thaw.index.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// Makes layers as the tools do that write zstd in frames.
final class ZstdLayers {
  private ZstdLayers() {}

  /// A tar of files whose contents compress well, badly or not at all.
  static byte[] tar(Random random, int files, int maxFileBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      for (int i = 0; i < files; i++) {
        byte[] content = content(random, random.nextInt(maxFileBytes));
        TarArchiveEntry entry = new TarArchiveEntry("dir%d/file%d".formatted(i % 5, i));
        entry.setSize(content.length);
        entry.setModTime(1_700_000_000_000L);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] content(Random random, int length) {
    byte[] data = new byte[length];
    int kind = random.nextInt(3);
    for (int i = 0; i < length; i++) {
      data[i] =
          switch (kind) {
            case 0 -> (byte) random.nextInt();
            case 1 -> (byte) "all work and no play\n".charAt((i + i / 97) % 21);
            default ->
                (byte) (i < 100 || random.nextInt(20) == 0 ? random.nextInt() : data[i - 90]);
          };
    }
    return data;
  }

  /// One frame.
  static byte[] frame(byte[] content, int level, boolean checksum, boolean sized) {
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      context.setLevel(level).setChecksum(checksum).setContentSize(sized);
      return context.compress(content);
    }
  }

  static byte[] frame(byte[] content) {
    return frame(content, 3, true, true);
  }

  /// The content cut into frames of random lengths, levels and headers; some are empty.
  static byte[] randomFrames(Random random, byte[] content, int maxFrame) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    while (from < content.length) {
      int to = Math.min(content.length, from + random.nextInt(maxFrame));
      byte[] piece = Arrays.copyOfRange(content, from, to);
      out.writeBytes(
          frame(piece, 1 + random.nextInt(12), random.nextBoolean(), random.nextBoolean()));
      if (random.nextInt(5) == 0) {
        out.writeBytes(skippable(random.nextInt(16), new byte[random.nextInt(90_000)]));
      }
      from = to;
    }
    // A second frame at least.
    out.writeBytes(frame(new byte[0]));
    return out.toByteArray();
  }

  static byte[] skippable(int variant, byte[] data) {
    return ByteBuffer.allocate(8 + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x184D2A50 | variant)
        .putInt(data.length)
        .put(data)
        .array();
  }

  /// As zstd:chunked: the headers up to a file's data in a frame, its data in another; behind them
  /// the file list and a footer in skippable frames.
  static byte[] chunked(byte[] tar) {
    List<Integer> borders = new ArrayList<>();
    StringBuilder list = new StringBuilder("{\"version\":1,\"entries\":[");
    try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        list.append("{\"type\":\"reg\",\"name\":\"").append(entry.getName()).append("\"},");
        borders.add((int) in.getBytesRead());
        borders.add((int) (in.getBytesRead() + entry.getSize()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    borders.add(tar.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    for (int to : borders) {
      if (to > from) {
        out.writeBytes(frame(Arrays.copyOfRange(tar, from, to), 3, false, false));
        from = to;
      }
    }
    int manifest = out.size();
    byte[] toc = Zstd.compress(list.toString().getBytes(StandardCharsets.UTF_8));
    out.writeBytes(skippable(0, toc));
    ByteBuffer footer = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    footer.putLong(manifest + 8L).putLong(toc.length).putLong(list.length()).putLong(1);
    footer.position(56);
    footer.put("GNUlInUx".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(skippable(0, footer.array()));
    return out.toByteArray();
  }

  /// As the seekable format: frames of equal content and a table of them in a skippable frame.
  static byte[] seekable(byte[] content, int frameBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int count = (content.length + frameBytes - 1) / frameBytes;
    ByteBuffer table = ByteBuffer.allocate(8 * count + 9).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      int to = Math.min(content.length, (i + 1) * frameBytes);
      byte[] frame = frame(Arrays.copyOfRange(content, i * frameBytes, to));
      table.putInt(frame.length).putInt(to - i * frameBytes);
      out.writeBytes(frame);
    }
    table.putInt(count).put((byte) 0).putInt(0x8F92EAB1);
    out.writeBytes(skippable(14, table.array()));
    return out.toByteArray();
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
