package io.thaw.cli.extract;

import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.index.oci.ImageSource;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/// The stored bytes of one layer, to be read in ranges.
public interface LayerBytes {

  /// What messages call the place they come from.
  String name();

  /// The size, if the place tells.
  OptionalLong sizeBytes() throws IOException;

  /// A stream that has at least the bytes `[start, end)`, unverified; the caller closes it.
  InputStream range(long start, long end) throws IOException;

  /// A layer that lies in a file.
  static LayerBytes of(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "no such file; give a layer's blob");
    }
    return new LayerBytes() {
      @Override
      public String name() {
        return file.toString();
      }

      @Override
      public OptionalLong sizeBytes() throws IOException {
        return OptionalLong.of(Files.size(file));
      }

      @Override
      public InputStream range(long start, long end) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        return Channels.newInputStream(channel.position(start));
      }
    };
  }

  /// A layer in a registry, of which only the ranges asked for are fetched.
  static LayerBytes of(RegistryClient registry, Repository repository, Digest layer) {
    return new LayerBytes() {
      @Override
      public String name() {
        return repository + "@" + layer;
      }

      @Override
      public OptionalLong sizeBytes() {
        return OptionalLong.empty();
      }

      @Override
      public InputStream range(long start, long end) throws IOException {
        return registry.blobRange(repository, layer, start, end).body();
      }
    };
  }

  /// A layer in containerd's content store.
  static LayerBytes of(ContainerdSource source, Descriptor layer) {
    return new LayerBytes() {
      @Override
      public String name() {
        return source.name();
      }

      @Override
      public OptionalLong sizeBytes() throws IOException {
        return source.sizeBytes(layer.digest());
      }

      @Override
      public InputStream range(long start, long end) throws IOException {
        return source.openRange(layer, start, end);
      }
    };
  }

  /// A layer of an image; what lies before a range is read and thrown away.
  static LayerBytes of(ImageSource source, Descriptor layer) {
    return new LayerBytes() {
      @Override
      public String name() {
        return source.name();
      }

      @Override
      public OptionalLong sizeBytes() throws IOException {
        return source.sizeBytes(layer.digest());
      }

      @Override
      public InputStream range(long start, long end) throws IOException {
        InputStream in = source.openUnverified(layer);
        try {
          in.skipNBytes(start);
          return in;
        } catch (IOException | RuntimeException e) {
          in.close();
          throw e;
        }
      }
    };
  }
}
