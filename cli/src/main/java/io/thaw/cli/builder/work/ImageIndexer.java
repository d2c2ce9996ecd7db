package io.thaw.cli.builder.work;

import io.thaw.config.BuilderRule;
import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Indexes one image and puts the result beside it. Doing it twice leaves what doing it once does.
/// Used by several threads at once, for different images.
public interface ImageIndexer {

  /// Does the work.
  ///
  /// @throws java.io.InterruptedIOException if the thread was interrupted
  /// @throws IOException if it could not be done
  Result index(Task task, JobProgress progress) throws IOException;

  /// What is to be done.
  ///
  /// @param digest the image; a tag may point elsewhere by now
  /// @param tag what the image was pushed under; always there for a v2 rule
  /// @param scratch an empty directory, which the caller removes
  record Task(
      Repository repository, Optional<String> tag, Digest digest, BuilderRule rule, Path scratch) {}

  /// What was done.
  sealed interface Result {}

  /// The index is in the registry.
  ///
  /// @param summary one line for people
  /// @param pushed the manifests that were added
  /// @param layers how many layers are indexed
  /// @param bytes how many stored bytes these have
  record Indexed(String summary, List<Digest> pushed, long layers, long bytes) implements Result {
    public Indexed {
      pushed = List.copyOf(pushed);
    }
  }

  /// There was nothing to do.
  record NothingToDo(String reason) implements Result {}
}
