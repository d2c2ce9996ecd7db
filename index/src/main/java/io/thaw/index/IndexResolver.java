package io.thaw.index;

import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.Platform;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.Referrer;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds the SOCI index of an image in its registry.
///
/// Looked at in this order, and the first usable index wins: the digest the caller names; the
/// annotation `com.amazon.soci.index-digest` on the image manifest (v2); the manifest's referrers
/// of type `application/vnd.amazon.soci.index.v1+json` (v1), of which the first the registry lists
/// is taken, as SOCI does by default. An index that is missing or malformed is a reason and the
/// search goes on; a registry that fails for now is an exception, because asking later may succeed.
///
/// Every document is verified against the digest that named it. Stateless; safe for many threads.
public final class IndexResolver {
  private final RegistryClient registry;

  public IndexResolver(RegistryClient registry) {
    this.registry = registry;
  }

  /// What is looked for.
  ///
  /// @param manifestDigest of the image manifest, or of an image index whose manifest for
  ///     `platform` is meant
  /// @param explicitIndex the index's digest, if the caller was told; it may name either version
  /// @param versions the versions to look for when no digest is given or the given one is unusable
  /// @param platform which image of an image index
  public record Query(
      Repository repository,
      Digest manifestDigest,
      Optional<Digest> explicitIndex,
      Set<SociIndex.Version> versions,
      Platform platform) {
    public Query {
      versions = Set.copyOf(versions);
    }

    /// For the machine this runs on.
    public Query(
        Repository repository,
        Digest manifestDigest,
        Optional<Digest> explicitIndex,
        Set<SociIndex.Version> versions) {
      this(repository, manifestDigest, explicitIndex, versions, Platform.host());
    }
  }

  /// Finds the index.
  ///
  /// @return the index, or the reasons why there is none
  /// @throws RegistryException if the registry cannot be asked, or does not have the image itself
  /// @throws MalformedManifestException if the image's own manifest is broken
  public IndexDiscovery find(Query query) throws IOException {
    Manifest imageBytes = imageManifest(query);
    ImageManifest image = OciReader.manifest(imageBytes.bytes());
    Search search = new Search(query, image, imageBytes.descriptor());
    return search.run();
  }

  private Manifest imageManifest(Query query) throws IOException {
    Manifest top = registry.manifest(query.repository(), query.manifestDigest());
    if (!MediaTypes.isIndex(top.descriptor().mediaType())) {
      return top;
    }
    for (var entry : OciReader.index(top.bytes()).manifests()) {
      boolean isImage = MediaTypes.isManifest(entry.mediaType()) && entry.artifactType().isEmpty();
      if (isImage && entry.platform().filter(p -> p.matches(query.platform())).isPresent()) {
        return registry.manifest(query.repository(), entry.digest());
      }
    }
    throw new IOException(
        "Image index "
            + query.manifestDigest()
            + " in "
            + query.repository()
            + " has no manifest for "
            + query.platform()
            + "; pull an image made for this platform");
  }

  /// One search, with the reasons it gathers.
  private final class Search {
    private final Query query;
    private final ImageManifest image;
    private final Descriptor imageDescriptor;
    private final List<String> reasons = new ArrayList<>();

    Search(Query query, ImageManifest image, Descriptor imageDescriptor) {
      this.query = query;
      this.image = image;
      this.imageDescriptor = imageDescriptor;
    }

    IndexDiscovery run() throws IOException {
      Optional<IndexDiscovery> found = Optional.empty();
      if (query.explicitIndex().isPresent()) {
        found = load(query.explicitIndex().get(), IndexSource.EXPLICIT);
      }
      if (found.isEmpty() && query.versions().contains(SociIndex.Version.V2)) {
        found = byAnnotation();
      }
      if (found.isEmpty() && query.versions().contains(SociIndex.Version.V1)) {
        found = byReferrers();
      }
      if (found.isEmpty() && reasons.isEmpty()) {
        reasons.add("no kind of SOCI index is enabled in the configuration");
      }
      return found.orElseGet(
          () -> new IndexDiscovery.NotFound(String.join("; ", reasons), image, imageDescriptor));
    }

    private Optional<IndexDiscovery> byAnnotation() throws IOException {
      String value = image.annotations().get(SociMediaTypes.INDEX_DIGEST);
      if (value == null) {
        return because(
            "the image manifest "
                + imageDescriptor.digest()
                + " has no annotation "
                + SociMediaTypes.INDEX_DIGEST
                + " (SOCI v2)");
      }
      Digest digest;
      try {
        digest = Digest.parse(value);
      } catch (IllegalArgumentException e) {
        return because("annotation " + SociMediaTypes.INDEX_DIGEST + ": " + e.getMessage());
      }
      return load(digest, IndexSource.ANNOTATION);
    }

    private Optional<IndexDiscovery> byReferrers() throws IOException {
      List<Referrer> referrers;
      try {
        referrers =
            registry.referrers(
                query.repository(), imageDescriptor.digest(), SociMediaTypes.INDEX_V1);
      } catch (RegistryException e) {
        return because("the list of referrers (SOCI v1) " + excuse(e));
      }
      if (referrers.isEmpty()) {
        return because(
            "no manifest of type "
                + SociMediaTypes.INDEX_V1
                + " refers to "
                + imageDescriptor.digest()
                + " (SOCI v1)");
      }
      return load(referrers.getFirst().descriptor().digest(), IndexSource.REFERRERS);
    }

    private Optional<IndexDiscovery> load(Digest digest, IndexSource source) throws IOException {
      String name = "the index " + digest + " (" + describe(source) + ") ";
      try {
        Manifest manifest = registry.manifest(query.repository(), digest);
        SociIndex index = SociIndexReader.read(manifest.bytes());
        Optional<String> objection = objection(index, source);
        if (objection.isPresent()) {
          return because(name + objection.get());
        }
        return Optional.of(
            new IndexDiscovery.Found(index, manifest.descriptor(), source, image, imageDescriptor));
      } catch (MalformedManifestException e) {
        return because(name + "is malformed: " + e.getMessage());
      } catch (RegistryException e) {
        return because(name + excuse(e));
      }
    }

    private Optional<String> objection(SociIndex index, IndexSource source) {
      boolean v1 = index.version() == SociIndex.Version.V1;
      if ((source == IndexSource.ANNOTATION && v1) || (source == IndexSource.REFERRERS && !v1)) {
        return Optional.of("is a " + index.version() + " index, which is not what was looked for");
      }
      if (index.subject().filter(s -> !s.digest().equals(imageDescriptor.digest())).isPresent()) {
        return Optional.of("belongs to another image manifest, " + index.subject().get().digest());
      }
      if (image.layers().stream().noneMatch(layer -> index.ztocOf(layer.digest()).isPresent())) {
        return Optional.of("describes none of the image's " + image.layers().size() + " layers");
      }
      return Optional.empty();
    }

    /// Puts a failure that asking again will not cure into words; throws any other.
    private String excuse(RegistryException e) throws RegistryException {
      if (e.kind().retryable()) {
        throw e;
      }
      return e.kind() == RegistryException.Kind.NOT_FOUND
          ? "is not in " + query.repository()
          : "cannot be used: " + e.getMessage();
    }

    private Optional<IndexDiscovery> because(String reason) {
      reasons.add(reason);
      return Optional.empty();
    }
  }

  private static String describe(IndexSource source) {
    return switch (source) {
      case EXPLICIT -> "named explicitly";
      case ANNOTATION -> "named by the image manifest";
      case REFERRERS -> "listed as referrer";
    };
  }
}
