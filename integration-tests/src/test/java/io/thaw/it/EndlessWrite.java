package io.thaw.it;

import io.thaw.cli.containerd.ContainerdAddress;
import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdTarget;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.place.LayoutSource;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;

/// A process that writes an image to containerd and never comes to the end of a layer, so that
/// tests can end it in the middle. Arguments: socket, namespace, layout, image name. Prints a line
/// when it has sent as much as it ever will.
final class EndlessWrite {
  static final int SENT_BYTES = 3 << 20;
  static final String SENT = "sent";

  private EndlessWrite() {}

  static List<String> command(Path socket, String namespace, Path layout, String name) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        EndlessWrite.class.getName(),
        socket.toString(),
        namespace,
        layout.toString(),
        name);
  }

  public static void main(String[] args) throws IOException {
    ContainerdAddress address = new ContainerdAddress(Path.of(args[0]), args[1], Duration.ZERO);
    try (ContainerdClient client = ContainerdClient.connect(address);
        ImageSource source = new Stalling(LayoutSource.open(Path.of(args[2])))) {
      new ContainerdTarget(client, args[3]).write(ImageContent.of(source));
    }
  }

  /// A layout whose large blobs stop half-way.
  private record Stalling(LayoutSource layout) implements ImageSource {
    @Override
    public String name() {
      return layout.name();
    }

    @Override
    public OciDescriptor root() throws IOException {
      return layout.root();
    }

    @Override
    public byte[] document(Descriptor descriptor) throws IOException {
      return layout.document(descriptor);
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) throws IOException {
      return layout.sizeBytes(digest);
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
      InputStream in = layout.open(blob);
      return blob.sizeBytes() <= SENT_BYTES ? in : new StallingStream(in);
    }

    @Override
    public void close() throws IOException {
      layout.close();
    }
  }

  private static final class StallingStream extends FilterInputStream {
    private int left = SENT_BYTES;

    StallingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        System.out.println(SENT);
        stall();
      }
      int n = super.read(buffer, offset, Math.min(length, left));
      left -= n;
      return n;
    }

    private static void stall() throws IOException {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
