package io.thaw.index;

import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The zTOCs of the SOCI indexes an image already has at a source: v2 indexes listed in its image
/// index, v1 indexes that refer to its manifests.
///
/// Looked at when first asked. An image that is not there, or whose indexes cannot be read, has
/// no zTOCs.
public final class IndexedZtocs implements ZtocSupply {
  private static final Logger log = LoggerFactory.getLogger(IndexedZtocs.class);

  /// Of more indexes than that, the rest is not looked at.
  private static final int MAX_INDEXES = 256;

  private final ImageSource source;
  private final ReentrantLock loading = new ReentrantLock();
  private @Nullable Map<Digest, List<SociIndex.ZtocRef>> refs;

  /// @param source open as long as this is asked and what it gave is read
  public IndexedZtocs(ImageSource source) {
    this.source = source;
  }

  @Override
  public Optional<SuppliedZtoc> find(Descriptor layer, long spanSizeBytes) throws IOException {
    return first(layer, ref -> ref.spanSizeBytes().orElse(spanSizeBytes) == spanSizeBytes);
  }

  /// A zTOC of this layer, whatever its span size.
  public Optional<SuppliedZtoc> findAny(Descriptor layer) throws IOException {
    return first(layer, ref -> true);
  }

  private Optional<SuppliedZtoc> first(Descriptor layer, Predicate<SociIndex.ZtocRef> wanted)
      throws IOException {
    return refs().getOrDefault(layer.digest(), List.of()).stream()
        .filter(wanted)
        .findFirst()
        .map(ref -> new SuppliedZtoc(ref.ztoc(), BlobContent.of(source, ref.ztoc())));
  }

  private Map<Digest, List<SociIndex.ZtocRef>> refs() throws IOException {
    loading.lock();
    try {
      Map<Digest, List<SociIndex.ZtocRef>> loaded = refs;
      if (loaded == null) {
        loaded = new HashMap<>();
        List<Descriptor> indexes = indexes();
        for (Descriptor index : indexes.subList(0, Math.min(indexes.size(), MAX_INDEXES))) {
          for (SociIndex.ZtocRef ref : ztocs(index)) {
            loaded.computeIfAbsent(ref.layerDigest(), key -> new ArrayList<>()).add(ref);
          }
        }
        refs = loaded;
      }
      return loaded;
    } finally {
      loading.unlock();
    }
  }

  private List<Descriptor> indexes() throws IOException {
    List<Descriptor> indexes = new ArrayList<>();
    try {
      Descriptor root = source.root().target();
      List<Descriptor> images = new ArrayList<>();
      if (MediaTypes.isIndex(root.mediaType())) {
        ImageIndex list = source.index(root);
        for (OciDescriptor entry : list.manifests()) {
          boolean soci = entry.artifactType().filter(SociMediaTypes.INDEX_V2::equals).isPresent();
          (soci ? indexes : images).add(entry.target());
        }
      } else {
        images.add(root);
      }
      for (Descriptor image : images) {
        indexes.addAll(source.referrers(image.digest(), SociMediaTypes.INDEX_V1));
      }
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      log.debug("{} shows no earlier SOCI indexes", source.name(), e);
    }
    return indexes;
  }

  private List<SociIndex.ZtocRef> ztocs(Descriptor index) throws IOException {
    try {
      return SociIndexReader.read(source.document(index)).ztocs();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      log.debug("the earlier SOCI index {} cannot be read", index.digest(), e);
      return List.of();
    }
  }
}
