package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// An OCI image layout to read from: a directory, or a tar archive of one (`oci-archive`).
///
/// Blobs come verified: a stream or document whose bytes do not have the digest it was asked by
/// ends in an exception. Safe for many threads until closed.
public abstract sealed class OciLayout implements Closeable permits DirectoryLayout, ArchiveLayout {
  static final String MARKER = "oci-layout";
  static final String INDEX = "index.json";
  private static final int MAX_MARKER_BYTES = 4096;

  private final Path source;

  OciLayout(Path source) {
    this.source = source;
  }

  /// Opens the layout at `path`, whichever form it has.
  ///
  /// @throws IOException if there is none; the message says what is there instead and what to do
  public static OciLayout open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(
          path.toString(), null, "no such file or directory; give an OCI image layout");
    }
    OciLayout layout =
        Files.isDirectory(path) ? new DirectoryLayout(path) : ArchiveLayout.scan(path);
    try {
      layout.checkMarker();
      return layout;
    } catch (IOException | RuntimeException e) {
      layout.close();
      throw e;
    }
  }

  /// Where the layout lies.
  public final Path source() {
    return source;
  }

  /// The layout's `index.json`, as bytes.
  public final byte[] indexBytes() throws IOException {
    return document(INDEX);
  }

  /// The layout's `index.json`.
  public final ImageIndex index() throws IOException {
    return explain(INDEX, () -> OciReader.index(indexBytes()));
  }

  /// The digests of all blobs, in the order of their names.
  public abstract List<Digest> blobs() throws IOException;

  public abstract boolean contains(Digest digest) throws IOException;

  /// The size of a blob as it lies there.
  ///
  /// @throws NoSuchFileException if the layout does not have it
  public abstract long sizeBytes(Digest digest) throws IOException;

  /// The blob as a range of a file, for reading it at random. Unverified.
  public abstract BlobFile file(Digest digest) throws IOException;

  /// The bytes of a blob that is no larger than `maxBytes`, verified.
  public final byte[] bytes(Digest digest, int maxBytes) throws IOException {
    long size = sizeBytes(digest);
    if (size > maxBytes) {
      throw new IOException(
          "Blob "
              + digest
              + " in "
              + source
              + " has "
              + size
              + " bytes; at most "
              + maxBytes
              + " are accepted for a document");
    }
    try (InputStream in = blob(digest)) {
      return in.readAllBytes();
    }
  }

  /// The document a descriptor points to, verified, and of the descriptor's size.
  public final byte[] bytes(Descriptor descriptor, int maxBytes) throws IOException {
    byte[] bytes = bytes(descriptor.digest(), maxBytes);
    if (bytes.length != descriptor.sizeBytes()) {
      throw new IOException(
          "Blob "
              + descriptor.digest()
              + " in "
              + source
              + " has "
              + bytes.length
              + " bytes, but its descriptor says "
              + descriptor.sizeBytes());
    }
    return bytes;
  }

  /// A whole blob. The read that would deliver the end fails if the bytes do not have the digest.
  public final InputStream blob(Digest digest) throws IOException {
    BlobFile file = file(digest);
    return new VerifyingInputStream(file.open(), digest, source.toString());
  }

  /// An image manifest of this layout.
  public final ImageManifest manifest(Descriptor descriptor) throws IOException {
    byte[] bytes = bytes(descriptor, OciReader.MAX_DOCUMENT_BYTES);
    return explain("manifest " + descriptor.digest(), () -> OciReader.manifest(bytes));
  }

  /// An image index of this layout that is not `index.json`.
  public final ImageIndex index(Descriptor descriptor) throws IOException {
    byte[] bytes = bytes(descriptor, OciReader.MAX_DOCUMENT_BYTES);
    return explain("image index " + descriptor.digest(), () -> OciReader.index(bytes));
  }

  /// A stored byte range.
  ///
  /// @param offset first byte of the blob in `path`
  public record BlobFile(Path path, long offset, long sizeBytes) {

    public InputStream open() throws IOException {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new RangeInputStream(channel, offset, sizeBytes);
    }
  }

  /// Reads `index.json` or the marker.
  abstract byte[] document(String name) throws IOException;

  final NoSuchFileException missingBlob(Digest digest) {
    return new NoSuchFileException(
        source.toString(),
        null,
        "the layout does not have blob "
            + digest
            + "; export the image again with all its content");
  }

  private void checkMarker() throws IOException {
    byte[] marker = document(MARKER);
    String version =
        explain(
            MARKER,
            () -> JsonPath.parse(marker, MAX_MARKER_BYTES).field("imageLayoutVersion").text());
    if (!version.startsWith("1.")) {
      throw new IOException(
          source + " is an OCI image layout of version " + version + "; only 1.x is supported");
    }
  }

  private interface Parse<T> {
    T parse() throws IOException;
  }

  private <T> T explain(String what, Parse<T> parse) throws IOException {
    try {
      return parse.parse();
    } catch (MalformedManifestException e) {
      throw new IOException(what + " of " + source + " is malformed: " + e.getMessage(), e);
    }
  }
}
