package io.thaw.daemon.snapshot;

import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.Stat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/// Measures a directory as `du` does: allocated blocks, hard links once.
final class DiskUsage extends SimpleFileVisitor<Path> {
  private static final int BLOCK_BYTES = 512;

  private record Inode(int major, int minor, long number) {}

  private final Set<Inode> linked = new HashSet<>();
  private long blocks;
  private long inodes;

  private DiskUsage() {}

  /// Walks the tree below `directory`; files that vanish meanwhile are not counted.
  static Usage of(Path directory) throws IOException {
    DiskUsage usage = new DiskUsage();
    Files.walkFileTree(directory, usage);
    return new Usage(usage.blocks * BLOCK_BYTES, usage.inodes);
  }

  @Override
  public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
      throws IOException {
    return count(directory);
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
    return count(file);
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
    if (failure instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }
    throw failure;
  }

  private FileVisitResult count(Path file) throws IOException {
    Stat stat = Linux.stat(Linux.AT_FDCWD, rawBytes(file));
    boolean directory = Files.isDirectory(file, java.nio.file.LinkOption.NOFOLLOW_LINKS);
    Inode inode = new Inode(stat.filesystemMajor(), stat.filesystemMinor(), stat.inode());
    if (directory || stat.linkCount() == 1 || linked.add(inode)) {
      blocks += stat.blocks();
      inodes++;
    }
    return FileVisitResult.CONTINUE;
  }

  /// The path's bytes as the kernel has them: its text loses those that are no characters, its URI
  /// escapes them.
  static byte[] rawBytes(Path file) {
    String escaped = file.toUri().getRawPath();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '%') {
        bytes.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toByteArray();
  }
}
