package io.thaw.index;

import io.thaw.index.ZtocSupply.SuppliedZtoc;
import io.thaw.index.oci.DiskFull;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a zTOC that was made earlier, if it is the one that would be built now.
///
/// Whatever is wrong with an old zTOC is only a reason to build a new one.
final class ZtocReuse {
  private static final Logger log = LoggerFactory.getLogger(ZtocReuse.class);

  private final ZtocSupply supply;
  private final ConvertOptions options;

  ZtocReuse(ZtocSupply supply, ConvertOptions options) {
    this.supply = supply;
    this.options = options;
  }

  /// @param ztoc open; the caller closes it
  record Reused(Descriptor descriptor, Ztoc ztoc) {}

  /// Finds a zTOC of the layer and copies it to `file`, which is not there if none is found.
  ///
  /// @throws IOException if the file cannot be written, or the thread is interrupted
  Optional<Reused> find(Descriptor layer, Path file) throws IOException {
    Optional<SuppliedZtoc> supplied;
    try {
      supplied = supply.find(layer, options.spanSizeBytes());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      log.debug("no earlier zTOC of layer {} can be looked up", layer.digest(), e);
      return Optional.empty();
    }
    if (supplied.isEmpty()) {
      return Optional.empty();
    }
    Descriptor ztoc = supplied.get().ztoc();
    if (ztoc.sizeBytes() <= maxBytes() && copied(supplied.get(), file)) {
      Optional<Ztoc> fitting = fitting(layer, file);
      if (fitting.isPresent()) {
        String mediaType = SociMediaTypes.ztoc(fitting.get().compression());
        Descriptor plain = new Descriptor(mediaType, ztoc.digest(), ztoc.sizeBytes());
        return Optional.of(new Reused(plain, fitting.get()));
      }
    }
    Files.deleteIfExists(file);
    return Optional.empty();
  }

  /// An open zTOC has its list of files in the heap, a third of its size at most; building, which
  /// has not, is the better way with a small heap.
  private static long maxBytes() {
    return Math.min(SociIndexReader.MAX_ZTOC_BYTES, Runtime.getRuntime().maxMemory());
  }

  private Optional<Ztoc> fitting(Descriptor layer, Path file) {
    try {
      Ztoc ztoc = Ztoc.open(file);
      if (ztoc.spanSizeBytes() == options.spanSizeBytes()
          && ztoc.buildTool().equals(options.buildTool())
          && ztoc.compressedSizeBytes() == layer.sizeBytes()) {
        return Optional.of(ztoc);
      }
      ztoc.close();
    } catch (IOException e) {
      log.debug("the earlier zTOC of layer {} cannot be read", layer.digest(), e);
    }
    return Optional.empty();
  }

  /// Copies the zTOC; gives false if what is supplied is not what its descriptor promises.
  private static boolean copied(SuppliedZtoc supplied, Path file) throws IOException {
    Descriptor ztoc = supplied.ztoc();
    MessageDigest hash = ztoc.digest().newMessageDigest();
    long count = 0;
    try (OutputStream out = Files.newOutputStream(file);
        InputStream in = supplied.content().open()) {
      byte[] buffer = new byte[128 << 10];
      while (count <= ztoc.sizeBytes()) {
        int n = read(in, buffer, ztoc);
        if (n < 0) {
          break;
        }
        hash.update(buffer, 0, n);
        count += n;
        write(out, buffer, n, file);
      }
    } catch (Unreadable e) {
      log.debug("the earlier zTOC {} cannot be read", ztoc.digest(), e);
      return false;
    }
    return count == ztoc.sizeBytes()
        && Digest.of(ztoc.digest().algorithm(), hash.digest()).equals(ztoc.digest());
  }

  private static int read(InputStream in, byte[] buffer, Descriptor ztoc) throws IOException {
    try {
      return in.read(buffer);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new Unreadable(ztoc + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void write(OutputStream out, byte[] buffer, int count, Path file)
      throws IOException {
    try {
      out.write(buffer, 0, count);
    } catch (IOException e) {
      throw DiskFull.explained(e, file);
    }
  }

  /// Reading failed, not writing.
  private static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreadable(String message, IOException cause) {
      super(message, cause);
    }
  }
}
