package io.thaw.daemon.image;

import io.thaw.daemon.layer.MadeZtoc;
import io.thaw.daemon.layer.UnpackOrder.KnownZtoc;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndexWriter;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.ZtocSupply.SuppliedZtoc;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Platform;
import io.thaw.index.store.ArtifactStore;
import io.thaw.index.store.ImageFacts;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.ZtocOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// zTOCs made on this node: by pulls, and by `thaw create` in the same store. Safe for use by many
/// threads.
///
/// What pulls make outlives their images, because the next cold pull is what it is made for; it is
/// kept within a bound by [PulledIndexes]. A store that cannot be read is as good as an empty one:
/// it costs speed, and a warning.
public final class NodeZtocs {
  private static final Logger LOG = LoggerFactory.getLogger(NodeZtocs.class);
  private static final long SPAN = ZtocOptions.DEFAULT_SPAN_SIZE;

  /// No store.
  public static final NodeZtocs NONE =
      new NodeZtocs(Optional.empty(), Optional.empty(), false, false);

  private final Optional<ArtifactStore> store;
  private final Optional<PulledIndexes> pulled;
  private final boolean use;
  private final boolean make;

  private NodeZtocs(
      Optional<ArtifactStore> store, Optional<PulledIndexes> pulled, boolean use, boolean make) {
    this.store = store;
    this.pulled = pulled;
    this.use = use;
    this.make = make;
  }

  /// The store of this node.
  ///
  /// @param use whether what is in the store is used for pulls
  /// @param make whether pulls add to it
  /// @param maxBytes most bytes of what pulls have added; 0 for no bound
  public static NodeZtocs in(ArtifactStore store, boolean use, boolean make, long maxBytes) {
    return new NodeZtocs(
        Optional.of(store), Optional.of(new PulledIndexes(store, maxBytes)), use, make);
  }

  /// Removes what is beyond the bound, the least recently used first.
  public void enforceBound() {
    try {
      if (pulled.isPresent()) {
        pulled.get().enforce();
      }
    } catch (IOException | RuntimeException e) {
      LOG.atWarn().setCause(e).log("zTOCs made while pulling could not be kept within their bound");
    }
  }

  /// What zTOCs that only pulls have made take, as it was seen last.
  public long pulledBytes() {
    return pulled.map(PulledIndexes::usedBytes).orElse(0L);
  }

  /// Whether pulls are to make zTOCs of layers.
  boolean make() {
    return make;
  }

  /// Those of an image's layers that are known here.
  Map<Digest, KnownZtoc> of(ImageManifest image) {
    Map<Digest, KnownZtoc> known = new HashMap<>();
    if (use && store.isPresent()) {
      for (OciDescriptor layer : image.layers()) {
        find(layer.target())
            .ifPresent(
                ztoc -> {
                  touch(ztoc.ztoc().digest());
                  known.put(
                      layer.digest(), new KnownZtoc(ztoc.ztoc().digest(), ztoc.content()::open));
                });
      }
    }
    return known;
  }

  private void touch(Digest ztoc) {
    try {
      store.orElseThrow().touch(ztoc);
    } catch (IOException e) {
      LOG.debug("cannot note that zTOC {} is used", ztoc, e);
    }
  }

  private Optional<SuppliedZtoc> find(Descriptor layer) {
    try {
      return store.isEmpty() ? Optional.empty() : store.get().findAny(layer);
    } catch (IOException e) {
      LOG.warn("The zTOCs made on this node cannot be looked up: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /// Adds an index of an image that was pulled, as `thaw create` would: of the zTOCs made now and
  /// of those known before. Does nothing if none was made.
  void add(String name, LayerWays ways, Map<Digest, MadeZtoc> made) {
    if (store.isEmpty() || made.isEmpty()) {
      return;
    }
    try {
      store.get().add(index(ways, made), facts(name, ways), blobs(ways, made));
      LOG.atInfo()
          .addKeyValue("image", name)
          .addKeyValue("ztocs", made.size())
          .log("kept zTOCs made while pulling; the next pull here can be lazy");
      enforceBound();
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("image", name)
          .setCause(e)
          .log("zTOCs made while pulling could not be kept");
    } finally {
      made.values().forEach(NodeZtocs::drop);
    }
  }

  private static void drop(MadeZtoc made) {
    try {
      Files.deleteIfExists(made.file());
    } catch (IOException e) {
      LOG.debug("{} goes with its layer", made.file(), e);
    }
  }

  private SociIndex index(LayerWays ways, Map<Digest, MadeZtoc> made) {
    List<SociIndex.ZtocRef> refs = new ArrayList<>();
    for (OciDescriptor layer : ways.image().layers()) {
      MadeZtoc now = made.get(layer.digest());
      Optional<Descriptor> ztoc =
          now == null
              ? find(layer.target()).map(SuppliedZtoc::ztoc)
              : Optional.of(
                  new Descriptor(
                      SociMediaTypes.ztoc(now.compression()), now.digest(), now.sizeBytes()));
      ztoc.ifPresent(
          known ->
              refs.add(
                  new SociIndex.ZtocRef(
                      known, layer.digest(), layer.mediaType(), OptionalLong.of(SPAN), false)));
    }
    return new SociIndex(
        SociIndex.Version.V1,
        refs,
        List.of(),
        Optional.of(PulledIndexes.BUILD_TOOL),
        Optional.of(ways.imageDescriptor()));
  }

  private static ImageFacts facts(String name, LayerWays ways) {
    Digest manifest = ways.imageDescriptor().digest();
    return new ImageFacts(Optional.of(name), manifest, manifest, Optional.of(Platform.host()));
  }

  private Map<Digest, BlobContent> blobs(LayerWays ways, Map<Digest, MadeZtoc> made) {
    Map<Digest, BlobContent> blobs = new HashMap<>();
    made.values().forEach(m -> blobs.put(m.digest(), BlobContent.of(m.file(), m.sizeBytes())));
    for (OciDescriptor layer : ways.image().layers()) {
      if (!made.containsKey(layer.digest())) {
        find(layer.target()).ifPresent(z -> blobs.put(z.ztoc().digest(), z.content()));
      }
    }
    blobs.put(SociMediaTypes.EMPTY_CONFIG, BlobContent.of(SociIndexWriter.config()));
    return blobs;
  }
}
