package io.thaw.index;

import io.thaw.index.oci.JsonPath;
import io.thaw.index.oci.MalformedManifestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads lists of files to prefetch, in the format of `soci create --prefetch-files-json`: a JSON
/// array of paths. Blanks around a path do not count, nor do empty paths.
public final class PrefetchFiles {
  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_FILES = 65_536;

  private PrefetchFiles() {}

  /// Reads a list.
  ///
  /// @throws IOException if the file cannot be read, is no such list, or is larger than 4 MiB
  public static List<String> read(Path json) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(json)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException(
          json + " has more than " + MAX_BYTES + " bytes; a list of files to prefetch is smaller");
    }
    try {
      List<String> files = new ArrayList<>();
      for (JsonPath element : JsonPath.parseList(bytes, MAX_BYTES, MAX_FILES)) {
        String file = element.text().strip();
        if (!file.isEmpty()) {
          files.add(file);
        }
      }
      return files;
    } catch (MalformedManifestException e) {
      throw new IOException(
          json
              + " is no list of files to prefetch, such as [\"/usr/bin/python3\"]: "
              + e.getMessage(),
          e);
    }
  }
}
