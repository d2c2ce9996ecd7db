package io.thaw.index.place;

import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.OciReader;
import io.thaw.index.oci.OciWriter;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Manifest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// The image index under the tag `<algorithm>-<hex of the subject>`, in which pushers list a
/// manifest's referrers where the registry does not do it (OCI distribution specification,
/// "Referrers Tag Schema").
///
/// A registry cannot swap a tag conditionally. So that two pushers at the same moment do not lose
/// each other's entries, whoever has written looks again and writes again until the entry stays;
/// a pusher that wrote between another's last look and write can still be lost, and pushing again
/// repairs it.
public final class ReferrersTag {
  private static final int MAX_LOOKS = 16;
  private static final long MAX_WAIT_MILLIS = 100;

  private final RegistryClient registry;
  private final Repository repository;
  private final String tag;

  public ReferrersTag(RegistryClient registry, Repository repository, Digest subject) {
    this.registry = registry;
    this.repository = repository;
    this.tag = subject.algorithm() + "-" + subject.hex();
  }

  /// How the list names a manifest that has a subject: by its kind and with its annotations.
  public static OciDescriptor entry(Descriptor descriptor, ImageManifest manifest) {
    return OciDescriptor.of(descriptor)
        .withArtifactType(manifest.artifactType().orElse(manifest.config().mediaType()))
        .withAnnotations(manifest.annotations());
  }

  /// Adds a referrer, unless it is listed. Entries of others stay as they are.
  ///
  /// @throws IOException if the tag holds something else, is full, or keeps being overwritten
  public void add(OciDescriptor referrer) throws IOException {
    for (int look = 0; true; look++) {
      ImageIndex present = read();
      if (present.manifests().stream().anyMatch(e -> e.digest().equals(referrer.digest()))) {
        return;
      }
      if (look == MAX_LOOKS) {
        throw new IOException(
            "Tag "
                + tag
                + " of "
                + repository
                + " keeps being overwritten by others; push the index again when they are done");
      }
      if (look % 2 == 0) {
        write(present, referrer);
      } else {
        pause(look);
      }
    }
  }

  /// Lists `newer` in the place of `older`, which is listed no more; does nothing where either of
  /// them is not listed, as in a registry that keeps referrers itself.
  public void replace(Digest older, Digest newer) throws IOException {
    ImageIndex present = read();
    Optional<OciDescriptor> entry =
        present.manifests().stream().filter(e -> e.digest().equals(newer)).findFirst();
    if (entry.isEmpty() || present.manifests().stream().noneMatch(e -> e.digest().equals(older))) {
      return;
    }
    List<OciDescriptor> referrers = new ArrayList<>();
    for (OciDescriptor listed : present.manifests()) {
      if (listed.digest().equals(older)) {
        referrers.add(entry.get());
      } else if (!listed.digest().equals(newer)) {
        referrers.add(listed);
      }
    }
    push(present.withManifests(referrers), present);
  }

  private void write(ImageIndex present, OciDescriptor referrer) throws IOException {
    List<OciDescriptor> referrers = new ArrayList<>(present.manifests());
    referrers.add(referrer);
    push(present.withManifests(referrers), present);
  }

  private void push(ImageIndex list, ImageIndex present) throws IOException {
    byte[] bytes = OciWriter.write(list);
    if (bytes.length > OciReader.MAX_DOCUMENT_BYTES) {
      throw new IOException(
          "Tag "
              + tag
              + " of "
              + repository
              + " already lists "
              + present.manifests().size()
              + " referrers, and no more fit; remove old ones, or use a registry with the referrers"
              + " API");
    }
    registry.pushManifest(repository, tag, MediaTypes.OCI_INDEX, bytes);
  }

  private ImageIndex read() throws IOException {
    Manifest manifest;
    try {
      manifest = registry.manifest(repository, tag);
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND) {
        return ImageIndex.of(List.of());
      }
      throw e;
    }
    if (!MediaTypes.isIndex(manifest.descriptor().mediaType())) {
      throw notOurs("it is a " + manifest.descriptor().mediaType());
    }
    try {
      return OciReader.index(manifest.bytes());
    } catch (MalformedManifestException e) {
      throw notOurs("it is malformed, " + e.getMessage());
    }
  }

  private IOException notOurs(String why) {
    return new IOException(
        "Tag "
            + tag
            + " of "
            + repository
            + " should be an index of referrers, but "
            + why
            + "; remove the tag and push the index again");
  }

  /// Long enough that pushers who collided do not do so again in step.
  private void pause(int look) throws IOException {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(MAX_WAIT_MILLIS * look));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while updating tag " + tag);
    }
  }
}
