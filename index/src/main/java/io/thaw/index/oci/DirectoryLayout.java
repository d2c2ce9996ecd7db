package io.thaw.index.oci;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// An image layout in a directory. Files under `blobs` whose names are no digests are not blobs.
final class DirectoryLayout extends OciLayout {

  DirectoryLayout(Path directory) {
    super(directory);
  }

  @Override
  byte[] document(String name) throws IOException {
    Path file = source().resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(
          source().toString(),
          null,
          "not an OCI image layout, it has no file "
              + name
              + "; make one with \"skopeo copy … oci:DIR\" or \"nerdctl save\"");
    }
    if (Files.size(file) > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          file
              + " has "
              + Files.size(file)
              + " bytes; at most "
              + OciReader.MAX_DOCUMENT_BYTES
              + " are accepted");
    }
    return Files.readAllBytes(file);
  }

  @Override
  public List<Digest> blobs() throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (String algorithm : List.of("sha256", "sha512")) {
      Path directory = source().resolve("blobs").resolve(algorithm);
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          LayoutNames.digest(algorithm, String.valueOf(file.getFileName())).ifPresent(digests::add);
        }
      }
    }
    digests.sort(Comparator.comparing(Digest::toString));
    return digests;
  }

  @Override
  public boolean contains(Digest digest) {
    return Files.isRegularFile(path(digest));
  }

  @Override
  public long sizeBytes(Digest digest) throws IOException {
    if (!contains(digest)) {
      throw missingBlob(digest);
    }
    return Files.size(path(digest));
  }

  @Override
  public BlobFile file(Digest digest) throws IOException {
    return new BlobFile(path(digest), 0, sizeBytes(digest));
  }

  @Override
  public void close() {}

  private Path path(Digest digest) {
    return source().resolve(LayoutNames.path(digest));
  }
}
