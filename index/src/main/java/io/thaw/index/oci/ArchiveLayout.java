package io.thaw.index.oci;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/// An image layout in an uncompressed tar archive, read in place.
final class ArchiveLayout extends OciLayout {
  private static final int MAX_ENTRIES = 100_000;

  private final Map<String, BlobFile> files;

  private ArchiveLayout(Path archive, Map<String, BlobFile> files) {
    super(archive);
    this.files = files;
  }

  static ArchiveLayout scan(Path archive) throws IOException {
    refuseCompressed(archive);
    Map<String, BlobFile> files = new HashMap<>();
    try (TarFile tar = new TarFile(archive)) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        if (entry.isFile() && !entry.isSparse() && !entry.isLink() && !entry.isSymbolicLink()) {
          files.put(
              clean(entry.getName()),
              new BlobFile(archive, entry.getDataOffset(), entry.getSize()));
        }
        if (files.size() > MAX_ENTRIES) {
          throw new IOException(
              archive + " has more than " + MAX_ENTRIES + " files; it is not an image layout");
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(archive + " is not a readable tar archive: " + e.getMessage(), e);
    }
    return new ArchiveLayout(archive, Map.copyOf(files));
  }

  @Override
  byte[] document(String name) throws IOException {
    BlobFile file = files.get(name);
    if (file == null) {
      String hint =
          files.containsKey("manifest.json") && name.equals(MARKER)
              ? "; it is a \"docker save\" archive of an older Docker: convert it with \"skopeo copy"
                  + " docker-archive:FILE oci-archive:FILE\""
              : "; make one with \"skopeo copy … oci-archive:FILE\" or \"nerdctl save\"";
      throw new NoSuchFileException(
          source().toString(), null, "not an OCI image layout, it has no file " + name + hint);
    }
    if (file.sizeBytes() > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          name
              + " in "
              + source()
              + " has "
              + file.sizeBytes()
              + " bytes; at most "
              + OciReader.MAX_DOCUMENT_BYTES
              + " are accepted");
    }
    try (InputStream in = file.open()) {
      return in.readAllBytes();
    }
  }

  @Override
  public List<Digest> blobs() {
    return files.keySet().stream()
        .flatMap(name -> LayoutNames.digest(name).stream())
        .sorted(Comparator.comparing(Digest::toString))
        .toList();
  }

  @Override
  public boolean contains(Digest digest) {
    return files.containsKey(LayoutNames.path(digest));
  }

  @Override
  public long sizeBytes(Digest digest) throws IOException {
    return file(digest).sizeBytes();
  }

  @Override
  public BlobFile file(Digest digest) throws IOException {
    BlobFile file = files.get(LayoutNames.path(digest));
    if (file == null) {
      throw missingBlob(digest);
    }
    return file;
  }

  @Override
  public void close() {}

  private static String clean(String name) {
    String clean = name;
    while (clean.startsWith("./") || clean.startsWith("/")) {
      clean = clean.substring(clean.startsWith("./") ? 2 : 1);
    }
    return clean;
  }

  private static void refuseCompressed(Path archive) throws IOException {
    if (!Files.isRegularFile(archive)) {
      throw new IOException(archive + " is neither a directory nor a regular file");
    }
    ByteBuffer magic = ByteBuffer.allocate(4);
    try (FileChannel channel = FileChannel.open(archive, StandardOpenOption.READ)) {
      channel.read(magic, 0);
    }
    boolean gzip = magic.get(0) == 0x1f && magic.get(1) == (byte) 0x8b;
    boolean zstd = magic.getInt(0) == 0x28b52ffd;
    if (gzip || zstd) {
      throw new IOException(
          archive
              + " is compressed; uncompress it first with \""
              + (gzip ? "gunzip" : "unzstd")
              + "\"");
    }
  }
}
