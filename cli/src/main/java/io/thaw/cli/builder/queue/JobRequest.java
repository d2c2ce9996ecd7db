package io.thaw.cli.builder.queue;

import io.thaw.registry.Digest;
import io.thaw.registry.Repository;
import java.util.Optional;

/// One image to be indexed by one rule.
///
/// @param tag the tag the image was pushed under; a v2 index cannot do without
/// @param digest of the manifest or image index that was pushed
/// @param rule the name of the rule
/// @param origin who asked: the notification's format, or `hand`
public record JobRequest(
    Repository repository,
    Optional<String> tag,
    Digest digest,
    String rule,
    IndexFormat format,
    String origin) {

  public JobRequest {
    if (format == IndexFormat.V2 && tag.isEmpty()) {
      throw new IllegalArgumentException("a v2 index needs a tag to be found under");
    }
  }

  /// What the job changes in the repository: the index of a tag, or of a manifest. Jobs with one
  /// target run one after the other.
  String target() {
    return switch (format) {
      case V1 -> digest.toString();
      case V2 -> tag.orElseThrow();
    };
  }
}
