package io.thaw.cli.containerd;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import io.grpc.Status;
import io.grpc.StatusException;
import io.thaw.config.Spelling;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.proto.containerd.images.v1.CreateImageRequest;
import io.thaw.proto.containerd.images.v1.GetImageRequest;
import io.thaw.proto.containerd.images.v1.Image;
import io.thaw.proto.containerd.images.v1.ListImagesRequest;
import io.thaw.proto.containerd.images.v1.UpdateImageRequest;
import io.thaw.proto.containerd.namespaces.v1.ListNamespacesRequest;
import io.thaw.proto.containerd.namespaces.v1.Namespace;
import io.thaw.proto.containerd.types.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// containerd's image service: names to descriptors.
final class ImageNames {
  /// How many alternatives an error message lists.
  private static final int MAX_HINTS = 3;

  private static final int MAX_ATTEMPTS = 3;

  private final ContainerdClient client;

  ImageNames(ContainerdClient client) {
    this.client = client;
  }

  List<ContainerdImage> all() throws IOException {
    try {
      List<ContainerdImage> images = new ArrayList<>();
      for (Image image :
          client.calls().images().list(ListImagesRequest.getDefaultInstance()).getImagesList()) {
        images.add(image(image));
      }
      return images;
    } catch (StatusException e) {
      throw client.failure("list images", e);
    }
  }

  /// The image of this name, or of the full name it stands for (`debian` is
  /// `docker.io/library/debian:latest`).
  ///
  /// @throws IOException if there is none; the message names what comes near
  ContainerdImage find(String name) throws IOException {
    Optional<ContainerdImage> exact = get(client.calls(), name);
    if (exact.isPresent()) {
      return exact.get();
    }
    Optional<String> full = fullName(name).filter(other -> !other.equals(name));
    if (full.isPresent()) {
      Optional<ContainerdImage> image = get(client.calls(), full.get());
      if (image.isPresent()) {
        return image.get();
      }
    }
    throw new IOException("containerd has no image " + name + missing(name, full.orElse(name)));
  }

  /// Makes a name point to an image, whether or not it exists; an existing name keeps its labels.
  void put(String name, io.thaw.registry.Descriptor target) throws IOException {
    Image image =
        Image.newBuilder()
            .setName(name)
            .setTarget(
                Descriptor.newBuilder()
                    .setMediaType(target.mediaType())
                    .setDigest(target.digest().toString())
                    .setSize(target.sizeBytes()))
            .build();
    try {
      for (int attempt = 1; ; attempt++) {
        if (update(image) || create(image)) {
          return;
        }
        if (attempt == MAX_ATTEMPTS) {
          throw new IOException("Image " + name + " is being created and removed by others");
        }
      }
    } catch (StatusException e) {
      throw client.failure("name image " + name, e);
    }
  }

  private boolean update(Image image) throws StatusException {
    UpdateImageRequest request =
        UpdateImageRequest.newBuilder()
            .setImage(image)
            .setUpdateMask(FieldMask.newBuilder().addPaths("target"))
            .build();
    try {
      client.calls().images().update(request);
      return true;
    } catch (StatusException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private boolean create(Image image) throws StatusException {
    try {
      client.calls().images().create(CreateImageRequest.newBuilder().setImage(image).build());
      return true;
    } catch (StatusException e) {
      if (e.getStatus().getCode() == Status.Code.ALREADY_EXISTS) {
        return false;
      }
      throw e;
    }
  }

  private Optional<ContainerdImage> get(Calls calls, String name) throws IOException {
    try {
      return Optional.of(
          image(calls.images().get(GetImageRequest.newBuilder().setName(name).build()).getImage()));
    } catch (StatusException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw client.failure("look up image " + name, e);
    }
  }

  /// What to say behind "containerd has no image X".
  private String missing(String name, String full) throws IOException {
    String namespace = client.address().namespace();
    List<String> namespaces = namespaces();
    List<String> elsewhere = new ArrayList<>();
    for (String other : namespaces) {
      if (!other.equals(namespace)
          && (get(client.calls().in(other), name).isPresent()
              || get(client.calls().in(other), full).isPresent())) {
        elsewhere.add(other);
      }
    }
    if (!elsewhere.isEmpty()) {
      return " in namespace "
          + namespace
          + ", but it has it in "
          + String.join(", ", elsewhere)
          + ": add --namespace "
          + elsewhere.getFirst();
    }
    if (!namespaces.contains(namespace)) {
      return ", nor a namespace "
          + namespace
          + (namespaces.isEmpty() ? "" : "; its namespaces are " + String.join(", ", namespaces));
    }
    List<String> near = near(full);
    return " in namespace "
        + namespace
        + (near.isEmpty()
            ? "; \"ctr --namespace " + namespace + " images ls\" lists what it has"
            : "; it has " + String.join(", ", near));
  }

  /// Other tags of the repository, else the same path on another host, else the name most like it.
  private List<String> near(String full) throws IOException {
    List<String> names = all().stream().map(ContainerdImage::name).sorted().toList();
    String repository = withoutTag(full);
    String path = lastComponent(repository);
    List<String> tags =
        names.stream().filter(n -> withoutTag(n).equals(repository)).limit(MAX_HINTS).toList();
    if (!tags.isEmpty()) {
      return tags;
    }
    List<String> namesakes =
        names.stream()
            .filter(n -> lastComponent(withoutTag(n)).equals(path))
            .limit(MAX_HINTS)
            .toList();
    return namesakes.isEmpty() ? Spelling.nearest(full, names).stream().toList() : namesakes;
  }

  private List<String> namespaces() throws IOException {
    try {
      return client
          .calls()
          .namespaces()
          .list(ListNamespacesRequest.getDefaultInstance())
          .getNamespacesList()
          .stream()
          .map(Namespace::getName)
          .sorted()
          .toList();
    } catch (StatusException e) {
      throw client.failure("list namespaces", e);
    }
  }

  private static Optional<String> fullName(String name) {
    try {
      return Optional.of(Reference.parse(name).toString());
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // containerd's names need not be references
    }
  }

  private static String withoutTag(String name) {
    int at = name.indexOf('@');
    String plain = at < 0 ? name : name.substring(0, at);
    int colon = plain.lastIndexOf(':');
    return colon > plain.lastIndexOf('/') ? plain.substring(0, colon) : plain;
  }

  private static String lastComponent(String repository) {
    return repository.substring(repository.lastIndexOf('/') + 1);
  }

  private static ContainerdImage image(Image image) throws IOException {
    Descriptor target = image.getTarget();
    Timestamp updated = image.getUpdatedAt();
    try {
      OciDescriptor descriptor =
          OciDescriptor.of(
                  target.getMediaType(), Digest.parse(target.getDigest()), target.getSize())
              .withAnnotations(new TreeMap<>(target.getAnnotationsMap()));
      return new ContainerdImage(
          image.getName(),
          descriptor,
          image.getLabelsMap(),
          Instant.ofEpochSecond(updated.getSeconds(), updated.getNanos()));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "containerd's image " + image.getName() + " points to nothing usable: " + e.getMessage(),
          e);
    }
  }
}
