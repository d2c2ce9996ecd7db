package io.thaw.registry.hosts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/// What tells one version of a file from another.
///
/// @param fileKey the file's inode, where there is one: a file put in place by a rename differs
public record FileStamp(FileTime modified, long sizeBytes, @Nullable Object fileKey) {

  /// The file as it is now.
  ///
  /// @throws java.nio.file.NoSuchFileException if it is not there
  public static FileStamp of(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new FileStamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
  }

  /// The file as it is now; null if it is not there or cannot be looked at.
  public static @Nullable FileStamp ofNullable(Path file) {
    try {
      return of(file);
    } catch (IOException e) {
      return null;
    }
  }
}
