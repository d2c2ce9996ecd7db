package io.thaw.bench.image;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/// The tar of a layer that holds wheels, unzipped where Debian's Python looks for packages. The
/// entries are sorted and all of one time, so the same wheels give the same tar.
final class WheelTar implements Closeable {
  static final String PACKAGES = "usr/local/lib/python3.11/dist-packages/";

  /// 2026-01-01, in milliseconds.
  static final long MTIME_MILLIS = 1_767_225_600_000L;

  private static final int FILE = 0100000;
  private static final int PERMISSIONS = 0777;
  private static final int DEFAULT_PERMISSIONS = 0644;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final ZipArchiveEntry DIRECTORY = new ZipArchiveEntry("directory/");

  private final List<ZipFile> zips = new ArrayList<>();
  private final SortedMap<String, Source> files = new TreeMap<>();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  private record Source(ZipFile zip, ZipArchiveEntry entry) {}

  /// Of a name that several wheels have, the first one's file counts.
  WheelTar(List<Path> wheels) throws IOException {
    for (Path wheel : wheels) {
      ZipFile zip = ZipFile.builder().setPath(wheel).get();
      zips.add(zip);
      for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
        if (!entry.isDirectory()) {
          files.putIfAbsent(PACKAGES + entry.getName(), new Source(zip, entry));
        }
      }
    }
  }

  /// Writes the whole tar to `out`, which stays open.
  void writeTo(OutputStream out) throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    SortedMap<String, Source> all = new TreeMap<>(files);
    for (String name : files.keySet()) {
      for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
        all.putIfAbsent(name.substring(0, slash + 1), new Source(zips.getFirst(), DIRECTORY));
      }
    }
    for (var entry : all.entrySet()) {
      write(tar, entry.getKey(), entry.getValue());
    }
    tar.finish();
  }

  private void write(TarArchiveOutputStream tar, String name, Source source) throws IOException {
    boolean directory = name.endsWith("/");
    TarArchiveEntry entry =
        new TarArchiveEntry(name, directory ? TarConstants.LF_DIR : TarConstants.LF_NORMAL);
    entry.setModTime(MTIME_MILLIS);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setMode(directory ? 0755 : mode(source.entry()));
    entry.setSize(directory ? 0 : source.entry().getSize());
    tar.putArchiveEntry(entry);
    if (!directory) {
      try (InputStream in = source.zip().getInputStream(source.entry())) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          tar.write(buffer, 0, n);
        }
      }
    }
    tar.closeArchiveEntry();
  }

  private static int mode(ZipArchiveEntry entry) {
    int permissions = entry.getUnixMode() & PERMISSIONS;
    return FILE | (permissions == 0 ? DEFAULT_PERMISSIONS : permissions | 0444);
  }

  @Override
  public void close() throws IOException {
    for (ZipFile zip : zips) {
      zip.close();
    }
  }
}
