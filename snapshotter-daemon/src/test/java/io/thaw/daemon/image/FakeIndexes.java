package io.thaw.daemon.image;

import io.thaw.index.IndexDiscovery;
import io.thaw.index.IndexResolver;
import io.thaw.index.IndexSource;
import io.thaw.index.SociIndex;
import io.thaw.index.SociIndex.PrefetchRef;
import io.thaw.index.SociIndex.ZtocRef;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.Repository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A registry with one image; counts what is asked of it.
final class FakeIndexes implements ImageIndexes {
  static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  final AtomicInteger finds = new AtomicInteger();
  final AtomicInteger resolves = new AtomicInteger();

  /// Taken by a test to hold searches up.
  final Semaphore gate = new Semaphore(1);

  volatile IOException failure;

  /// Blobs with a content that matters.
  final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();

  /// Prefetch artifacts of the image that is set up next.
  final List<PrefetchRef> prefetches = new ArrayList<>();
  volatile IndexResolver.Query lastQuery;
  private volatile IndexDiscovery discovery = without("nothing set up", List.of());

  record FakeLayer(int number, boolean indexed) {}

  static FakeLayer layer(int number, boolean indexed) {
    return new FakeLayer(number, indexed);
  }

  static Digest digest(int number) {
    return Digest.parse("sha256:" + "%064x".formatted(number));
  }

  static Digest ztocDigest(int number) {
    return digest(number + 100_000);
  }

  volatile IOException configFailure;

  /// What the image's configuration lists.
  volatile List<Digest> diffIds = List.of();

  void notFound(String reason, FakeLayer... layers) {
    withoutIndex(reason, descriptors(layers).toArray(OciDescriptor[]::new));
  }

  /// An image of these layers that has no index.
  void withoutIndex(String reason, OciDescriptor... layers) {
    diffIds = Stream.of(layers).map(l -> diffId(l.digest())).toList();
    discovery = without(reason, List.of(layers));
  }

  /// The digest of a layer's tar.
  static Digest diffId(Digest layer) {
    return Digest.sha256(layer.toString().getBytes(StandardCharsets.US_ASCII));
  }

  static OciDescriptor descriptor(int number, String mediaType, long sizeBytes) {
    return OciDescriptor.of(mediaType, digest(number), sizeBytes);
  }

  /// What containerd calls the snapshot of the layer at this place, counted from 0.
  String chainId(int place) {
    String chain = diffIds.getFirst().toString();
    for (int i = 1; i <= place; i++) {
      String both = chain + " " + diffIds.get(i);
      chain = Digest.sha256(both.getBytes(StandardCharsets.US_ASCII)).toString();
    }
    return chain;
  }

  /// As [#chainId] for the first place of the layer with this number; anything if there is none.
  String target(int number) {
    List<OciDescriptor> layers = discovery.image().layers();
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).digest().equals(digest(number))) {
        return chainId(i);
      }
    }
    return "target";
  }

  @Override
  public List<Digest> diffIds(Repository repository, Descriptor config) throws IOException {
    if (configFailure != null) {
      throw configFailure;
    }
    return diffIds;
  }

  private static IndexDiscovery without(String reason, List<OciDescriptor> layers) {
    return new IndexDiscovery.NotFound(
        reason, manifest(layers), new Descriptor(MediaTypes.OCI_MANIFEST, digest(1000), 10));
  }

  private static List<OciDescriptor> descriptors(FakeLayer... layers) {
    return Stream.of(layers).map(l -> OciDescriptor.of(GZIP, digest(l.number()), 5_000)).toList();
  }

  private static ImageManifest manifest(List<OciDescriptor> layers) {
    return new ImageManifest(
        MediaTypes.OCI_MANIFEST,
        Optional.empty(),
        OciDescriptor.of(MediaTypes.OCI_CONFIG, digest(1), 1),
        layers,
        Optional.empty(),
        new TreeMap<>());
  }

  void image(FakeLayer... layers) {
    List<ZtocRef> ztocs = new ArrayList<>();
    for (FakeLayer layer : layers) {
      if (layer.indexed()) {
        Descriptor ztoc =
            new Descriptor("application/octet-stream", ztocDigest(layer.number()), 100);
        ztocs.add(new ZtocRef(ztoc, digest(layer.number()), GZIP, OptionalLong.empty(), false));
      }
    }
    ImageManifest image = manifest(descriptors(layers));
    diffIds = image.layers().stream().map(l -> diffId(l.digest())).toList();
    SociIndex index =
        new SociIndex(SociIndex.Version.V2, ztocs, prefetches, Optional.empty(), Optional.empty());
    discovery =
        new IndexDiscovery.Found(
            index,
            new Descriptor(MediaTypes.OCI_MANIFEST, digest(2000), 10),
            IndexSource.ANNOTATION,
            image,
            new Descriptor(MediaTypes.OCI_MANIFEST, digest(1000), 10));
  }

  @Override
  public Digest resolve(Reference reference) {
    resolves.incrementAndGet();
    return digest(1000);
  }

  @Override
  public IndexDiscovery find(IndexResolver.Query query) throws IOException {
    finds.incrementAndGet();
    lastQuery = query;
    gate.acquireUninterruptibly();
    gate.release();
    if (failure != null) {
      throw failure;
    }
    return discovery;
  }

  @Override
  public InputStream blob(Repository repository, Descriptor descriptor) {
    byte[] bytes = blobs.get(descriptor.digest());
    return new ByteArrayInputStream(bytes == null ? new byte[100] : bytes);
  }
}
