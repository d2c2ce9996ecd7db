package io.thaw.cli;

import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.cli.extract.EntryFinder;
import io.thaw.cli.extract.FileExtractor;
import io.thaw.cli.extract.LayerBytes;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.index.Converter;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.SociMediaTypes;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.oci.Scratch;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw ztoc get-file`.
@Command(
    name = "get-file",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Write one file of a layer, reading nothing but the spans it lies in.",
      "",
      "The layer is --layer, or that of the image --image-ref, or that of the image in containerd the"
          + " zTOC was made for. Every span is verified before a byte of it is written. Hard links"
          + " are followed within the layer."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw ztoc get-file sha256:… /etc/os-release",
      "  thaw ztoc get-file --layer layer.tar.gz layer.ztoc usr/bin/python3 -o python3",
      "  thaw ztoc get-file --image-ref registry://registry.example.com/app:1 sha256:… /app/run.sh",
      "",
      "Exit codes: 0 written, 1 failed, 2 wrong usage."
    })
final class ZtocGetFileCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "ZTOC",
      description = "Digest of a zTOC in the store, or a file.")
  private String argument = "";

  @Parameters(index = "1", paramLabel = "PATH", description = "The file in the layer.")
  private String path = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it (default: standard output).")
  private @Nullable Path output;

  @Option(names = "--layer", paramLabel = "FILE", description = "The layer's stored bytes.")
  private @Nullable Path layer;

  @Option(
      names = "--image-ref",
      paramLabel = "REF",
      description = "An image that has the layer, in containerd or registry://REF.")
  private @Nullable String reference;

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Override
  public Integer call() throws IOException {
    if (layer != null && reference != null) {
      throw new ParameterException(
          spec.commandLine(), "--layer and --image-ref exclude each other");
    }
    Shell shell = Shell.of(spec);
    if (output != null && Files.isDirectory(output)) {
      throw new IOException(output + " is a directory; name a file");
    }
    Place place = reference == null ? null : Place.parse(spec, reference, false);
    try (Connections connections =
        place == null ? Connections.local(spec) : Connections.to(spec, registry, place)) {
      ZtocUse.with(
          spec,
          connections,
          argument,
          (found, ztoc) -> {
            int entry = EntryFinder.regularFile(ztoc.toc(), path);
            if (layer != null) {
              write(shell, new FileExtractor(ztoc, LayerBytes.of(layer)), entry);
            } else {
              fromImage(shell, connections, place, found, ztoc, entry);
            }
          });
    }
    return 0;
  }

  private void fromImage(
      Shell shell,
      Connections connections,
      @Nullable Place named,
      ZtocArgument found,
      Ztoc ztoc,
      int entry)
      throws IOException {
    Digest ztocDigest =
        found.known().isPresent()
            ? found.known().get().descriptor().digest()
            : Digest.sha256(Files.readAllBytes(found.file()));
    Place place = named != null ? named : imageOf(connections, found, ztocDigest);
    try (ImageSource source = connections.source(place)) {
      Descriptor stored = layerOf(source, found, ztoc);
      LayerBytes bytes =
          switch (place) {
            case Place.Registry image ->
                LayerBytes.of(
                    connections.registry(), image.reference().repository(), stored.digest());
            case Place.Containerd _ -> LayerBytes.of((ContainerdSource) source, stored);
            case Place.Layout _ -> LayerBytes.of(source, stored);
          };
      write(shell, new FileExtractor(ztoc, bytes), entry);
    }
  }

  /// The image a zTOC of the store was made for.
  private Place imageOf(Connections connections, ZtocArgument found, Digest ztoc)
      throws IOException {
    if (found.known().isPresent()) {
      try (Artifacts artifacts = connections.artifacts()) {
        for (StoredArtifact.Index index : artifacts.indexes()) {
          if (index.ztocs().contains(ztoc) && !index.names().isEmpty()) {
            return new Place.Containerd(index.names().getFirst());
          }
        }
      }
    }
    throw new IOException(
        "it is not known which image has the layer of "
            + argument
            + "; give --layer or --image-ref");
  }

  /// The layer the zTOC describes: the store knows its digest; of a file, the size must do, and the
  /// spans' digests decide.
  private static Descriptor layerOf(ImageSource source, ZtocArgument found, Ztoc ztoc)
      throws IOException {
    if (found.known().isPresent()) {
      return new Descriptor(
          SociMediaTypes.ZTOC, found.known().get().layer(), ztoc.compressedSizeBytes());
    }
    List<Descriptor> fitting = new ArrayList<>();
    for (Image image : Converter.images(source, List.of())) {
      image.manifest().layers().stream()
          .map(OciDescriptor::target)
          .filter(target -> target.sizeBytes() == ztoc.compressedSizeBytes())
          .filter(target -> !fitting.contains(target))
          .forEach(fitting::add);
    }
    if (fitting.size() != 1) {
      throw new IOException(
          source.name()
              + " has "
              + fitting.size()
              + " layers of "
              + ztoc.compressedSizeBytes()
              + " bytes, the size of the layer this zTOC describes; give the right one with --layer");
    }
    return fitting.getFirst();
  }

  private void write(Shell shell, FileExtractor extractor, int entry) throws IOException {
    if (output == null) {
      shell.out().flush();
      OutputStream out = new BufferedOutputStream(shell.bytes(), 1 << 16);
      extractor.extract(entry, out);
      out.flush();
      return;
    }
    try (Scratch scratch = Scratch.beside(output)) {
      Path whole = scratch.directory().resolve("file");
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(whole), 1 << 16)) {
        extractor.extract(entry, out);
      }
      scratch.publish(whole, output);
    }
  }
}
