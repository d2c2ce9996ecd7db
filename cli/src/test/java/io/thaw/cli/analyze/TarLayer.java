package io.thaw.cli.analyze;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Makes layers, entry by entry.
public final class TarLayer {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

  public TarLayer() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
  }

  public TarLayer file(String name, byte[] content, int mode) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(mode);
    return put(entry, content);
  }

  public TarLayer file(String name, byte[] content) {
    return file(name, content, 0644);
  }

  public TarLayer file(String name, String content) {
    return file(name, content, 0644);
  }

  public TarLayer file(String name, String content, int mode) {
    return file(name, content.getBytes(UTF_8), mode);
  }

  public TarLayer dir(String name) {
    return put(new TarArchiveEntry(name + "/"), new byte[0]);
  }

  public TarLayer symlink(String name, String target) {
    return link(name, target, TarConstants.LF_SYMLINK);
  }

  public TarLayer hardlink(String name, String target) {
    return link(name, target, TarConstants.LF_LINK);
  }

  /// A whiteout of `name`.
  public TarLayer without(String name) {
    int slash = name.lastIndexOf('/') + 1;
    return file(name.substring(0, slash) + ".wh." + name.substring(slash), "");
  }

  public TarLayer opaque(String directory) {
    return file(directory + "/.wh..wh..opq", "");
  }

  private TarLayer link(String name, String target, byte type) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type);
    entry.setLinkName(target);
    return put(entry, new byte[0]);
  }

  private TarLayer put(TarArchiveEntry entry, byte[] content) {
    try {
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] plain() {
    try {
      tar.finish();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public byte[] gzip() {
    return gzip(plain());
  }

  public static byte[] gzip(byte[] plain) {
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(stored)) {
      out.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return stored.toByteArray();
  }

  public byte[] zstd() {
    return Zstd.compress(plain());
  }
}
