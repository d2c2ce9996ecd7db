package io.thaw.index.oci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.registry.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Writes an image layout. The same content gives the same bytes: archives are sorted and carry no
/// times or owners.
public final class LayoutWriter {
  private static final byte[] MARKER_BYTES = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8);

  private static final int BUFFER_BYTES = 128 << 10;

  private LayoutWriter() {}

  /// Refuses a destination that holds something a layout of this form must not replace.
  ///
  /// @throws IOException naming what is in the way
  public static void checkDestination(Path destination, LayoutFormat format) throws IOException {
    if (!Files.exists(destination)) {
      return;
    }
    boolean directory = Files.isDirectory(destination);
    boolean replaceable =
        switch (format) {
          case OCI_ARCHIVE -> Files.isRegularFile(destination);
          case OCI_DIR ->
              directory
                  && (isEmpty(destination) || Files.exists(destination.resolve(OciLayout.MARKER)));
        };
    if (!replaceable) {
      throw new FileAlreadyExistsException(
          destination.toString(),
          null,
          "it exists and is "
              + (directory ? "a directory" : "a file")
              + " that an image layout ("
              + format.label()
              + ") must not replace;"
              + " choose another path or remove it");
    }
  }

  /// Writes the layout to `target`, which must not exist.
  ///
  /// @param index becomes `index.json`
  /// @throws IOException if it cannot be written, a blob's bytes turn out wrong, or the thread is
  ///     interrupted; what was written by then stays for the caller to remove
  public static void write(
      Path target, LayoutFormat format, ImageIndex index, Map<Digest, BlobContent> blobs)
      throws IOException {
    List<Digest> sorted = new ArrayList<>(blobs.keySet());
    sorted.sort(Comparator.comparing(Digest::toString));
    try {
      switch (format) {
        case OCI_DIR -> writeDirectory(target, OciWriter.write(index), sorted, blobs);
        case OCI_ARCHIVE -> writeArchive(target, OciWriter.write(index), sorted, blobs);
      }
    } catch (IOException e) {
      throw DiskFull.explained(e, target);
    }
  }

  private static void writeDirectory(
      Path target, byte[] index, List<Digest> sorted, Map<Digest, BlobContent> blobs)
      throws IOException {
    Files.createDirectories(target.resolve("blobs").resolve("sha256"));
    for (Digest digest : sorted) {
      Path file = target.resolve(LayoutNames.path(digest));
      Files.createDirectories(file.resolveSibling(""));
      try (OutputStream out = Files.newOutputStream(file)) {
        copy(digest, content(blobs, digest), out);
      }
    }
    Files.write(target.resolve(OciLayout.INDEX), index);
    Files.write(target.resolve(OciLayout.MARKER), MARKER_BYTES);
  }

  private static void writeArchive(
      Path target, byte[] index, List<Digest> sorted, Map<Digest, BlobContent> blobs)
      throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(target), 1 << 20);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(file, "UTF-8")) {
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      putFile(tar, OciLayout.MARKER, MARKER_BYTES);
      putFile(tar, OciLayout.INDEX, index);
      TreeSet<String> directories = new TreeSet<>(List.of("blobs/"));
      sorted.forEach(digest -> directories.add("blobs/" + digest.algorithm() + "/"));
      for (String directory : directories) {
        tar.putArchiveEntry(entry(directory, 0, 0755));
        tar.closeArchiveEntry();
      }
      for (Digest digest : sorted) {
        BlobContent content = content(blobs, digest);
        tar.putArchiveEntry(entry(LayoutNames.path(digest), content.sizeBytes(), 0644));
        copy(digest, content, tar);
        tar.closeArchiveEntry();
      }
    }
  }

  private static void putFile(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    tar.putArchiveEntry(entry(name, bytes.length, 0644));
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static TarArchiveEntry entry(String name, long sizeBytes, int mode) {
    byte kind = name.endsWith("/") ? TarConstants.LF_DIR : TarConstants.LF_NORMAL;
    TarArchiveEntry entry = new TarArchiveEntry(name, kind);
    entry.setSize(sizeBytes);
    entry.setMode(mode);
    entry.setIds(0, 0);
    entry.setNames("", "");
    entry.setLastModifiedTime(FileTime.fromMillis(0));
    return entry;
  }

  private static BlobContent content(Map<Digest, BlobContent> blobs, Digest digest) {
    return java.util.Objects.requireNonNull(blobs.get(digest));
  }

  private static void copy(Digest digest, BlobContent content, OutputStream out)
      throws IOException {
    try (InputStream in = content.open()) {
      long written = transfer(in, out);
      if (written != content.sizeBytes()) {
        throw new IOException(
            "Blob "
                + digest
                + " has "
                + written
                + " bytes where "
                + content.sizeBytes()
                + " were expected; did its file change meanwhile?");
      }
    }
  }

  private static long transfer(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long count = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while writing a layout");
      }
      out.write(buffer, 0, n);
      count += n;
    }
    return count;
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var files = Files.newDirectoryStream(directory)) {
      return !files.iterator().hasNext();
    }
  }
}
