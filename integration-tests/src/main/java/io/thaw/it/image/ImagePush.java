package io.thaw.it.image;

import io.thaw.index.Conversion;
import io.thaw.index.ConvertOptions;
import io.thaw.index.ConvertProgress;
import io.thaw.index.ConvertReport;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.Scratch;
import io.thaw.index.oci.WriteReport;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.index.place.RegistryTarget;
import io.thaw.it.node.Commands;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Indexes layouts and pushes them, the way the `thaw` command does.
public final class ImagePush {
  private final CredentialSource credentials;

  /// @param login who pushes, or null
  public ImagePush(Credentials.@Nullable Basic login) {
    this.credentials =
        login == null ? CredentialSource.anonymous() : repository -> Optional.of(login);
  }

  /// Makes a layout with v2 indexes at `target`, which must not exist.
  public static ConvertReport convert(Path layout, Path target, ConvertOptions options)
      throws IOException {
    LayoutTarget written = LayoutTarget.at(target, LayoutFormat.OCI_DIR);
    try (LayoutSource source = LayoutSource.open(layout);
        Scratch scratch = Scratch.beside(target)) {
      Conversion conversion =
          new Converter(options, ConvertProgress.NONE).convert(source, scratch.directory());
      written.write(conversion.content());
      return conversion.report();
    }
  }

  /// Pushes a layout as it is to `reference` (`host:port/name:tag`).
  public WriteReport push(Path layout, String reference) throws IOException {
    try (LayoutSource source = LayoutSource.open(layout);
        RegistryClient registry = client()) {
      return new RegistryTarget(registry, Reference.parse(reference))
          .write(ImageContent.of(source));
    }
  }

  /// Pushes a layout without indexes and, as its referrer, a v1 index made now; returns the
  /// index's digest.
  public Digest pushWithReferrer(Path layout, String reference, ConvertOptions options)
      throws IOException {
    push(layout, reference);
    Path scratch = Files.createTempDirectory("thaw-v1");
    try (LayoutSource source = LayoutSource.open(layout);
        RegistryClient registry = client()) {
      IndexBuilder builder = new IndexBuilder(source, options, ConvertProgress.NONE, scratch);
      IndexBuilder.BuiltIndex built =
          builder
              .build(Converter.images(source, options.platforms()), SociIndex.Version.V1)
              .getFirst()
              .index()
              .orElseThrow(() -> new IOException("No layer of " + layout + " was indexed"));
      new ReferrerPusher(registry).push(Reference.parse(reference).repository(), built);
      return built.descriptor().digest();
    } finally {
      Commands.run("rm", "-rf", scratch.toString());
    }
  }

  private RegistryClient client() {
    return RegistryClient.create(RegistryConfig.defaults(), credentials);
  }
}
