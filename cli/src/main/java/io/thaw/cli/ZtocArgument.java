package io.thaw.cli;

import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// A zTOC as an argument names it: by its digest in the store, or by its file.
///
/// @param file holds its bytes, as long as the artifacts are open
/// @param known what the store knows of it, if it comes from there
record ZtocArgument(Path file, Optional<StoredArtifact.Ztoc> known) {

  /// Whether an argument is a digest and so means the store.
  static boolean isDigest(String argument) {
    return argument.startsWith("sha256:") || argument.startsWith("sha512:");
  }

  static ZtocArgument of(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is no regular file; give a zTOC");
    }
    return new ZtocArgument(file, Optional.empty());
  }

  static ZtocArgument of(Shell shell, Artifacts artifacts, Digest digest) throws IOException {
    return switch (artifacts.require(digest)) {
      case StoredArtifact.Ztoc ztoc -> new ZtocArgument(artifacts.file(digest), Optional.of(ztoc));
      case StoredArtifact.Index _ ->
          throw new IOException(
              digest + " is a SOCI index, not a zTOC; use \"" + shell.program() + " index info\"");
      case StoredArtifact.Prefetch _ ->
          throw new IOException(
              digest
                  + " is a prefetch artifact, not a zTOC; use \""
                  + shell.program()
                  + " prefetch info\"");
    };
  }

  Ztoc open() throws IOException {
    return Ztoc.open(file);
  }
}
