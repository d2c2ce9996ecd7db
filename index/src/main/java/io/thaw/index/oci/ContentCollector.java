package io.thaw.index.oci;

import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.concurrent.Callable;

/// Walks an image from its root and gathers everything it consists of.
final class ContentCollector {
  private static final int MAX_NESTING = 4;
  private static final int MAX_MANIFESTS = 4096;
  private static final int PARALLEL_LOOKS = 8;

  /// All manifests of an image together; they wait in memory until it is written.
  private static final long MAX_MANIFEST_BYTES = 64L << 20;

  private final ImageSource source;
  private final Map<Digest, byte[]> documents;
  private final Map<Digest, BlobContent> made;
  private final SequencedMap<Descriptor, byte[]> manifests = new LinkedHashMap<>();
  private final SequencedMap<Digest, OciDescriptor> blobs = new LinkedHashMap<>();
  private long manifestBytes;

  ContentCollector(
      ImageSource source, Map<Digest, byte[]> documents, Map<Digest, BlobContent> made) {
    this.source = source;
    this.documents = documents;
    this.made = made;
  }

  ImageContent collect(OciDescriptor root) throws IOException {
    add(root, 0);
    return new ImageContent(root, manifests, made, present(), source);
  }

  /// Adds what the descriptor points to after everything below it.
  private void add(OciDescriptor descriptor, int depth) throws IOException {
    if (depth > MAX_NESTING || manifests.size() > MAX_MANIFESTS) {
      throw new IOException(
          "The image in "
              + source.name()
              + " is nested deeper than "
              + MAX_NESTING
              + " levels or has more than "
              + MAX_MANIFESTS
              + " manifests");
    }
    byte[] bytes = bytes(descriptor);
    manifestBytes += bytes.length;
    if (manifestBytes > MAX_MANIFEST_BYTES) {
      throw new IOException(
          "The manifests of the image in "
              + source.name()
              + " have more than "
              + MAX_MANIFEST_BYTES
              + " bytes together; no more are accepted");
    }
    if (MediaTypes.isIndex(descriptor.mediaType())) {
      for (OciDescriptor child : OciReader.index(bytes).manifests()) {
        if (documents.containsKey(child.digest()) || source.holds(child.target())) {
          add(child, depth + 1);
        }
      }
    } else {
      ImageManifest manifest = OciReader.manifest(bytes);
      blobs.putIfAbsent(manifest.config().digest(), manifest.config());
      manifest.layers().forEach(layer -> blobs.putIfAbsent(layer.digest(), layer));
    }
    manifests.put(descriptor.target(), bytes);
  }

  private byte[] bytes(OciDescriptor descriptor) throws IOException {
    byte[] document = documents.get(descriptor.digest());
    return document != null ? document : source.document(descriptor.target());
  }

  /// The blobs that come from the source, each looked at, so that a missing one is found before
  /// anything is written.
  private List<OciDescriptor> present() throws IOException {
    List<OciDescriptor> wanted =
        blobs.values().stream().filter(blob -> !made.containsKey(blob.digest())).toList();
    List<Callable<Boolean>> looks =
        wanted.stream().<Callable<Boolean>>map(blob -> () -> isPresent(blob)).toList();
    List<Boolean> present =
        Parallel.run(PARALLEL_LOOKS, Thread.ofVirtual().factory(), "looking for blobs", looks);
    return java.util.stream.IntStream.range(0, wanted.size())
        .filter(present::get)
        .mapToObj(wanted::get)
        .toList();
  }

  /// Whether the source has the blob; a foreign layer may stay where its publisher offers it.
  private boolean isPresent(OciDescriptor blob) throws IOException {
    OptionalLong size = source.sizeBytes(blob.digest());
    if (size.isEmpty()) {
      if (blob.urls().isEmpty()) {
        throw new IOException(
            source.name()
                + " does not have blob "
                + blob.digest()
                + ", which a manifest of its image names; "
                + source.remedy());
      }
      return false;
    }
    if (size.getAsLong() != blob.sizeBytes()) {
      throw new IOException(
          "Blob "
              + blob.digest()
              + " in "
              + source.name()
              + " is damaged: it has "
              + size.getAsLong()
              + " bytes, its manifest says "
              + blob.sizeBytes()
              + " bytes; export or push the image again");
    }
    return true;
  }
}
