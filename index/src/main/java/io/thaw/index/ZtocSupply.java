package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.registry.Descriptor;
import java.io.IOException;
import java.util.Optional;

/// Knows zTOCs that were made earlier. Safe for many threads.
public interface ZtocSupply {
  /// Knows none.
  ZtocSupply NONE = (layer, spanSizeBytes) -> Optional.empty();

  /// A zTOC of this layer, built with this span size; whoever asks checks that it is.
  ///
  /// @param layer by its digest; its media type does not matter
  /// @throws IOException if the supply itself fails; that it has nothing is no failure
  Optional<SuppliedZtoc> find(Descriptor layer, long spanSizeBytes) throws IOException;

  /// A supply that asks this one, and `next` where this one has nothing.
  default ZtocSupply or(ZtocSupply next) {
    return (layer, spanSizeBytes) -> {
      Optional<SuppliedZtoc> mine = find(layer, spanSizeBytes);
      return mine.isPresent() ? mine : next.find(layer, spanSizeBytes);
    };
  }

  /// A zTOC made earlier.
  ///
  /// @param ztoc its digest and size, which `content` is checked against
  record SuppliedZtoc(Descriptor ztoc, BlobContent content) {}
}
