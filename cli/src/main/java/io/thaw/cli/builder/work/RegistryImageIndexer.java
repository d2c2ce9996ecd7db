package io.thaw.cli.builder.work;

import io.thaw.config.BuilderRule;
import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertReport;
import io.thaw.index.ConvertReport.LayerReport;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder;
import io.thaw.index.IndexBuilder.BuiltIndex;
import io.thaw.index.IndexBuilder.Outcome;
import io.thaw.index.NothingToIndexException;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.SociIndex;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageIndex;
import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.MediaTypes;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Platform;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Indexes registry to registry: layers stream through the indexer and are never stored.
public final class RegistryImageIndexer implements ImageIndexer {
  private final RegistryClient registry;
  private final int threads;

  /// @param registry stays the caller's
  /// @param threads how many layers of one image are indexed at once
  public RegistryImageIndexer(RegistryClient registry, int threads) {
    this.registry = registry;
    this.threads = threads;
  }

  @Override
  public Result index(Task task, JobProgress progress) throws IOException {
    Optional<NothingToDo> moved = moved(task);
    if (moved.isPresent()) {
      return moved.get();
    }
    try (ImageSource source =
        new RegistrySource(registry, new Reference(task.repository(), null, task.digest()))) {
      Optional<NothingToDo> unfit = unfit(source);
      if (unfit.isPresent()) {
        return unfit.get();
      }
      List<IndexBuilder.Image> images = Converter.images(source, List.of());
      List<Platform> platforms = task.rule().platforms().stream().map(Platform::parse).toList();
      if (!platforms.isEmpty() && images.stream().noneMatch(image -> isFor(image, platforms))) {
        return new NothingToDo(
            "the image has none of the rule's platforms, " + task.rule().platforms());
      }
      long size = images.stream().mapToLong(RegistryImageIndexer::layersSize).max().orElse(0);
      if (size < task.rule().minImageBytes()) {
        return new NothingToDo(
            "the image's layers have "
                + size
                + " bytes, less than rule.min_image_bytes, "
                + task.rule().minImageBytes());
      }
      ConvertOptions options = options(task.rule(), platforms);
      return switch (task.rule().format()) {
        case V1 -> refer(task, source, options, progress);
        case V2 -> convert(task, source, options, progress);
      };
    } catch (NothingToIndexException e) {
      return new NothingToDo(String.valueOf(e.getMessage()));
    }
  }

  private ConvertOptions options(BuilderRule rule, List<Platform> platforms) {
    return ConvertOptions.DEFAULT
        .withSpanSize(rule.spanBytes())
        .withMinLayerSize(rule.minLayerBytes())
        .withPlatforms(platforms)
        .withThreads(threads);
  }

  /// A v2 index lies beside the tag, so it must be of what the tag points to; notifications may
  /// come late and out of order.
  private Optional<NothingToDo> moved(Task task) throws IOException {
    if (task.rule().format() != BuilderRule.Format.V2) {
      return Optional.empty();
    }
    Reference tag = new Reference(task.repository(), task.tag().orElseThrow(), null);
    try {
      Digest now = registry.resolve(tag).digest();
      return now.equals(task.digest())
          ? Optional.empty()
          : Optional.of(new NothingToDo("the tag points to " + now + " by now"));
    } catch (RegistryException e) {
      if (e.kind() == RegistryException.Kind.NOT_FOUND && deleted(task)) {
        return Optional.of(new NothingToDo("the tag and the image were deleted"));
      }
      throw e;
    }
  }

  private boolean deleted(Task task) throws IOException {
    try {
      registry.resolve(new Reference(task.repository(), null, task.digest()));
      return false;
    } catch (RegistryException e) {
      return e.kind() == RegistryException.Kind.NOT_FOUND;
    }
  }

  /// What cannot be indexed because it is no image, or needs no index because it has one.
  private static Optional<NothingToDo> unfit(ImageSource source) throws IOException {
    OciDescriptor root = source.root();
    if (MediaTypes.isIndex(root.mediaType())) {
      ImageIndex index = source.index(root.target());
      if (index.artifactType().isPresent() || index.subject().isPresent()) {
        return Optional.of(new NothingToDo("an artifact of another image, not an image"));
      }
      boolean converted =
          index.manifests().stream()
              .anyMatch(
                  entry ->
                      entry.artifactType().filter(SociMediaTypes.INDEX_V2::equals).isPresent());
      return converted
          ? Optional.of(new NothingToDo("the image carries a v2 index already"))
          : Optional.empty();
    }
    ImageManifest manifest = source.manifest(root.target());
    String config = manifest.config().mediaType();
    if (manifest.artifactType().isPresent() || !MediaTypes.isImageConfig(config)) {
      return Optional.of(
          new NothingToDo("not a container image but a " + manifest.artifactType().orElse(config)));
    }
    return Optional.empty();
  }

  private Result convert(
      Task task, ImageSource source, ConvertOptions options, JobProgress progress)
      throws IOException {
    Reference target =
        new Reference(task.repository(), task.tag().orElseThrow() + task.rule().tagSuffix(), null);
    Conversion conversion = new Converter(options, progress).convert(source, task.scratch());
    new RegistryTarget(registry, target).write(conversion.content());
    Layers layers = new Layers();
    conversion.report().platforms().forEach(platform -> layers.add(platform.layers()));
    return new Indexed(
        layers.summary() + "; pushed " + target,
        List.of(conversion.content().root().digest()),
        layers.indexed,
        layers.bytes);
  }

  private Result refer(Task task, ImageSource source, ConvertOptions options, JobProgress progress)
      throws IOException {
    List<IndexBuilder.Image> images = Converter.images(source, options.platforms());
    List<Outcome> outcomes =
        new IndexBuilder(source, options, progress, task.scratch())
            .build(images, SociIndex.Version.V1);
    Layers layers = new Layers();
    List<Digest> pushed = new ArrayList<>();
    ReferrerPusher pusher = new ReferrerPusher(registry);
    for (Outcome outcome : outcomes) {
      layers.add(outcome.layers());
      Optional<BuiltIndex> built = outcome.index();
      if (built.isPresent()) {
        pusher.push(task.repository(), built.get());
        pushed.add(built.get().descriptor().digest());
      }
    }
    if (pushed.isEmpty()) {
      return new NothingToDo("no layer is worth an index: " + layers.reasons());
    }
    return new Indexed(
        layers.summary() + "; pushed " + pushed.size() + " v1 index" + plural(pushed.size(), "es"),
        pushed,
        layers.indexed,
        layers.bytes);
  }

  private static boolean isFor(IndexBuilder.Image image, List<Platform> platforms) {
    return image.descriptor().platform().stream()
        .anyMatch(platform -> platforms.stream().anyMatch(platform::matches));
  }

  private static long layersSize(IndexBuilder.Image image) {
    return image.manifest().layers().stream().mapToLong(OciDescriptor::sizeBytes).sum();
  }

  private static String plural(int count, String ending) {
    return count == 1 ? "" : ending;
  }

  /// The layers of an image, those that platforms share once.
  private static final class Layers {
    private static final int MAX_REASONS = 5;

    private final Set<Descriptor> seen = new HashSet<>();
    private final List<String> reasons = new ArrayList<>();
    private long indexed;
    private long bytes;

    void add(List<LayerReport> reports) {
      for (LayerReport report : reports) {
        if (!seen.add(report.layer())) {
          continue;
        }
        switch (report.outcome()) {
          case ConvertReport.Indexed _ -> {
            indexed++;
            bytes += report.layer().sizeBytes();
          }
          case ConvertReport.Skipped(String reason) -> reasons.add(reason);
        }
      }
    }

    String summary() {
      return String.format(
          Locale.ROOT,
          "%d of %d layers indexed, %.1f MiB",
          indexed,
          seen.size(),
          bytes / (double) (1 << 20));
    }

    String reasons() {
      return String.join("; ", reasons.subList(0, Math.min(MAX_REASONS, reasons.size())));
    }
  }
}
