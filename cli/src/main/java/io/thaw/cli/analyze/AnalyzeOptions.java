package io.thaw.cli.analyze;

import java.util.List;
import java.util.Optional;

/// What to analyse beyond the files themselves.
///
/// @param spanSizeBytes span size to assume for layers that have no zTOC
/// @param command whose files are looked for: a command line, or empty for what the image itself
///     starts; absent for none
/// @param listedFiles absolute paths of files whose spans are wanted, too
/// @param threads how many layers are read at once
public record AnalyzeOptions(
    long spanSizeBytes, Optional<List<String>> command, List<String> listedFiles, int threads) {
  public AnalyzeOptions {
    listedFiles = List.copyOf(listedFiles);
  }

  boolean wantsStart() {
    return command.isPresent() || !listedFiles.isEmpty();
  }
}
