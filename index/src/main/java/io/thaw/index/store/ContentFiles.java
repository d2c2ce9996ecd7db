package io.thaw.index.store;

import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The only class that knows where a store's content lies: `blobs/<algorithm>/<hex>`, as in an OCI
/// layout and as SOCI's own store has it. A file there is whole and has the digest of its name.
final class ContentFiles {
  private static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PRIVATE_FILE =
      PosixFilePermissions.fromString("rw-------");

  private final Path content;

  private ContentFiles(Path content) {
    this.content = content;
  }

  /// Opens the content below `root`, making the directories if they are not there.
  static ContentFiles open(Path root) throws IOException {
    Path content = root.resolve("content");
    Files.createDirectories(
        content.resolve("blobs"), PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    return new ContentFiles(content);
  }

  /// A path in the directory that unfinished work belongs beside.
  Path blobs() {
    return content.resolve("blobs");
  }

  Path file(Digest digest) {
    return blobs().resolve(digest.algorithm()).resolve(digest.hex());
  }

  boolean contains(Digest digest) {
    return Files.isRegularFile(file(digest));
  }

  /// Writes bytes to a file of a scratch directory and to the disk.
  ///
  /// @throws IOException also if they do not have the digest
  static Path stage(Path scratch, Digest digest, InputStream bytes) throws IOException {
    Path file = scratch.resolve(digest.algorithm() + "-" + digest.hex());
    Files.createFile(file, PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
    MessageDigest hash = digest.newMessageDigest();
    try (InputStream in = new DigestInputStream(bytes, hash)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.setPosixFilePermissions(file, PRIVATE_FILE);
    Digest found = Digest.of(digest.algorithm(), hash.digest());
    if (!found.equals(digest)) {
      throw new IOException("bytes for " + digest + " have the digest " + found);
    }
    sync(file, StandardOpenOption.WRITE);
    return file;
  }

  /// Moves a staged file into place; an equal one that is there already stays.
  void keep(Path staged, Digest digest) throws IOException {
    Path target = file(digest);
    if (Files.exists(target)) {
      return;
    }
    Path directory = blobs().resolve(digest.algorithm());
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    try {
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException(content + " spans several filesystems; use one for all of it", e);
    }
  }

  /// Makes what was moved in or removed survive a crash of the host.
  void sync(String algorithm) throws IOException {
    Path directory = blobs().resolve(algorithm);
    if (Files.isDirectory(directory)) {
      sync(directory, StandardOpenOption.READ);
    }
  }

  void remove(Digest digest) throws IOException {
    Files.deleteIfExists(file(digest));
  }

  /// Removes scratch directories that killed processes left behind before `limit`.
  void removeAbandoned(Instant limit) throws IOException {
    try (var found = Files.newDirectoryStream(content, ".blobs.thaw-*")) {
      for (Path scratch : found) {
        if (Files.getLastModifiedTime(scratch).toInstant().isBefore(limit)) {
          try (var files = Files.list(scratch)) {
            for (Path file : files.toList()) {
              Files.deleteIfExists(file);
            }
          }
          Files.deleteIfExists(scratch);
        }
      }
    }
  }

  /// Whether the file has the digest of its name.
  boolean isIntact(Digest digest) throws IOException {
    MessageDigest hash = digest.newMessageDigest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file(digest)), hash)) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (NoSuchFileException e) {
      return false;
    }
    return Digest.of(digest.algorithm(), hash.digest()).equals(digest);
  }

  /// All digests there are files for, in their order; files with other names are nobody's.
  List<Digest> digests() throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (String algorithm : List.of("sha256", "sha512")) {
      Path directory = blobs().resolve(algorithm);
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (var files = Files.list(directory)) {
        for (Path file : files.sorted().toList()) {
          digest(algorithm, file).ifPresent(digests::add);
        }
      }
    }
    return digests;
  }

  private static Optional<Digest> digest(String algorithm, Path file) {
    try {
      return Optional.of(new Digest(algorithm, file.getFileName().toString()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static void sync(Path path, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(path, how)) {
      channel.force(true);
    }
  }
}
