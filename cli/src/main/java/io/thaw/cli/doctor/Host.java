package io.thaw.cli.doctor;

import io.thaw.fuse.sys.FilesystemSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The machine, as far as checks look at it. They change nothing on it.
interface Host {

  /// A file's text; empty if there is no such file.
  ///
  /// @throws IOException if it is there and cannot be read
  Optional<String> text(Path file) throws IOException;

  /// What is at a path, links not followed; empty if there is nothing.
  Optional<FileFacts> file(Path path) throws IOException;

  /// Where a symbolic link leads.
  String link(Path link) throws IOException;

  /// The room on the file system a path is on.
  FilesystemSpace space(Path path) throws IOException;

  /// Runs a program to its end, without input.
  ///
  /// @throws IOException if it cannot be started or does not end
  Ran run(List<String> command) throws IOException;

  /// What kind of file something is, and whose.
  ///
  /// @param permissions the lowest twelve bits of its mode
  record FileFacts(Kind kind, int owner, int group, int permissions) {
    enum Kind {
      DIRECTORY,
      REGULAR,
      SOCKET,
      CHARACTER_DEVICE,
      OTHER
    }
  }

  /// How a program ended.
  record Ran(int status, String out, String err) {}
}
