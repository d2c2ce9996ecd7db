package io.thaw.daemon.profile;

import io.thaw.index.PrefetchArtifact.SpanRange;
import io.thaw.registry.Digest;
import java.util.List;
import java.util.Optional;

/// Knows what starts of images need.
@FunctionalInterface
public interface ImageStarts {

  /// Knows nothing.
  ImageStarts NONE =
      (_, _) ->
          new ImageStart() {
            @Override
            public Optional<List<SpanRange>> wanted(Digest layer, Digest ztoc) {
              return Optional.empty();
            }

            @Override
            public void opened(Digest layer) {}
          };

  /// What is known of an image.
  ///
  /// @param manifest digest of its manifest
  /// @param image its reference
  ImageStart of(Digest manifest, String image);

  /// One image.
  interface ImageStart {

    /// The spans of a layer that its start needs, by rank; empty if nobody knows, by this zTOC.
    Optional<List<SpanRange>> wanted(Digest layer, Digest ztoc);

    /// A lazy layer of it can be read from now on.
    void opened(Digest layer);
  }
}
