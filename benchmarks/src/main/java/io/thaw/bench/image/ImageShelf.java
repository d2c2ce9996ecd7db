package io.thaw.bench.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.net.LocalRegistry;
import io.thaw.it.net.RegistryAuth;
import io.thaw.it.node.Commands;
import io.thaw.it.node.Node;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.DockerConfigCredentials;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The storage of a registry that keeps images between runs, each twice: as it was made, and with
/// an index of ours.
///
/// Layers are in it once. An image is made when it is first asked for, and again when its recipe
/// changes.
public final class ImageShelf {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int RECIPE = 1;
  // Wheels, layers in a layout and layers in the registry, of the largest image.
  private static final long NEEDED_BYTES = 11_000_000_000L;

  private final Path cache;
  private final @Nullable Path wheels;
  private final Consumer<String> progress;

  /// An image on the shelf.
  ///
  /// @param repository its name in the registry
  /// @param compressedBytes sum of its layers as stored
  /// @param layers how many layers it has
  public record Shelved(String repository, long compressedBytes, int layers) {
    /// What to pull from a registry on this storage.
    ///
    /// @param registry `host:port`
    /// @param indexed with a v2 index, or as it was made
    public String reference(String registry, boolean indexed) {
      return registry + "/" + repository + (indexed ? ":indexed" : ":plain");
    }
  }

  /// @param cache where everything that is made once is kept
  /// @param wheels a directory with wheels; null for one in the cache, filled by pip
  /// @param progress is told what is going on, a line each
  public ImageShelf(Path cache, @Nullable Path wheels, Consumer<String> progress) {
    this.cache = cache;
    this.wheels = wheels;
    this.progress = progress;
  }

  /// The directory a [LocalRegistry] is started in to serve what is on the shelf.
  public Path registryDir() {
    return cache.resolve("registry");
  }

  /// Finds or makes an image.
  ///
  /// @param image `mlcpu`, `mlcuda`, or a reference to an image in a registry
  /// @param node what is started meanwhile, and its directory for what is thrown away
  public Shelved get(String image, Node node) throws IOException {
    Optional<BenchImage> known =
        Arrays.stream(BenchImage.values())
            .filter(each -> each.name().equalsIgnoreCase(image))
            .findFirst();
    String name = known.map(each -> each.name().toLowerCase(Locale.ROOT)).orElse("other");
    String recipe = RECIPE + known.map(each -> "" + each.layers()).orElse(image);
    Path facts =
        cache.resolve("images").resolve(name + "-" + Integer.toHexString(recipe.hashCode()));
    if (!Files.exists(facts)) {
      Files.createDirectories(facts.getParent());
      Shelved made =
          known.isPresent() ? make(known.get(), name, node) : copy(Reference.parse(image), node);
      Files.write(facts, JSON.writeValueAsBytes(made));
    }
    return JSON.readValue(facts.toFile(), Shelved.class);
  }

  private Shelved make(BenchImage image, String name, Node node) throws IOException {
    requireRoom();
    progress.accept("making " + name + " of wheels, once; this takes minutes");
    Path work = node.dir("image");
    WheelStore store = new WheelStore(wheels == null ? cache.resolve("wheels") : wheels, progress);
    ImageLayout layout = new ImageMaker(store, progress).make(image, work);
    Shelved shelved =
        new Shelved("bench/" + name, layout.compressedBytes(), layout.layers().size());
    try (LayoutSource source = LayoutSource.open(layout.dir())) {
      put(source, shelved, node);
    }
    Commands.run("rm", "-rf", "--one-file-system", work.toString());
    return shelved;
  }

  private Shelved copy(Reference reference, Node node) throws IOException {
    requireRoom();
    progress.accept("copying " + reference);
    CredentialSource credentials = DockerConfigCredentials.standard(System.getenv());
    try (RegistryClient client = RegistryClient.create(RegistryConfig.defaults(), credentials);
        RegistrySource source = new RegistrySource(client, reference)) {
      ImageFacts facts = ImageFacts.of(client, reference);
      String name = "bench/other-" + Integer.toHexString(reference.toString().hashCode());
      Shelved shelved = new Shelved(name, facts.compressedBytes(), facts.layers());
      put(source, shelved, node);
      return shelved;
    }
  }

  private void put(ImageSource source, Shelved shelved, Node node) throws IOException {
    progress.accept("indexing it and putting it into the registry's storage");
    LocalRegistry registry =
        node.own(
            LocalRegistry.start(
                registryDir(), node.dir().resolve("shelf.log"), new RegistryAuth.None()));
    try (RegistryClient client =
        RegistryClient.create(RegistryConfig.defaults(), CredentialSource.anonymous())) {
      Reference plain = Reference.parse(shelved.reference(registry.address(), false));
      Reference indexed = Reference.parse(shelved.reference(registry.address(), true));
      new RegistryTarget(client, plain).write(ImageContent.of(source));
      Path scratch = node.dir("scratch");
      Conversion conversion =
          new Converter(ConvertOptions.DEFAULT, ConvertProgress.NONE).convert(source, scratch);
      new RegistryTarget(client, indexed).write(conversion.content());
      Commands.run("rm", "-rf", scratch.toString());
    }
    node.release(registry);
  }

  private void requireRoom() throws IOException {
    long free = Files.getFileStore(Files.createDirectories(cache)).getUsableSpace();
    if (free < NEEDED_BYTES) {
      throw new IOException(
          "Making an image needs %d GB in %s, %d GB are free; set XDG_CACHE_HOME to a larger disk"
              .formatted(NEEDED_BYTES / 1_000_000_000, cache, free / 1_000_000_000));
    }
  }
}
