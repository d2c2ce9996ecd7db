package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.registry.Digest;
import java.util.Optional;

/// How a layer is to be fetched whole and unpacked.
///
/// @param diffId digest the tar must have
/// @param ztoc with it, spans are inflated on all cores at once
/// @param makeZtoc whether a zTOC is wished for as a by-product
/// @param share the image's share of the downloads
public record UnpackOrder(
    Digest diffId, Optional<KnownZtoc> ztoc, boolean makeZtoc, ParallelDownloads.Share share) {

  /// A zTOC that exists.
  ///
  /// @param digest verified when it is opened
  public record KnownZtoc(Digest digest, ByteSupplier content) {}
}
