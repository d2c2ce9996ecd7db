package io.thaw.daemon.disk;

import io.thaw.fuse.sys.FilesystemSpace;
import java.time.Instant;

/// How the disk is.
///
/// @param level what the daemon does about it
/// @param reason for people
/// @param since when this level began
/// @param space as it was seen last
public record DiskState(Level level, String reason, Instant since, FilesystemSpace space) {

  /// What the daemon does about the disk.
  public enum Level {
    /// Everything is stored.
    NORMAL("all that is read is stored, and lazy layers fill"),
    /// Little room is left: what readers ask for is stored, the fill rests.
    LOW("lazy layers do not fill until there is more; reads are stored"),
    /// Writes fail: what readers ask for is served from memory.
    FULL(
        "reads are served from memory and lazy layers do not fill until there is space;"
            + " free some");

    private final String meaning;

    Level(String meaning) {
      this.meaning = meaning;
    }

    /// What the daemon does, for people.
    public String meaning() {
      return meaning;
    }
  }
}
