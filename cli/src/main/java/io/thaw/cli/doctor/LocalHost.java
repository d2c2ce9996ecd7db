package io.thaw.cli.doctor;

import io.thaw.fuse.sys.FilesystemSpace;
import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// This machine.
final class LocalHost implements Host {
  private static final int MAX_BYTES = 4 << 20;
  private static final long RUN_SECONDS = 30;

  private static final int TYPE_MASK = 0170000;
  private static final int SOCKET = 0140000;
  private static final int REGULAR = 0100000;
  private static final int DIRECTORY = 0040000;

  @Override
  public Optional<String> text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException(file + " has more than " + MAX_BYTES + " bytes");
      }
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<FileFacts> file(Path path) throws IOException {
    Map<String, Object> unix;
    try {
      unix = Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int mode = number(unix, "mode");
    FileFacts.Kind kind =
        switch (mode & TYPE_MASK) {
          case SOCKET -> FileFacts.Kind.SOCKET;
          case REGULAR -> FileFacts.Kind.REGULAR;
          case DIRECTORY -> FileFacts.Kind.DIRECTORY;
          case Linux.S_IFCHR -> FileFacts.Kind.CHARACTER_DEVICE;
          default -> FileFacts.Kind.OTHER;
        };
    return Optional.of(
        new FileFacts(kind, number(unix, "uid"), number(unix, "gid"), mode & ~TYPE_MASK));
  }

  private static int number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number number ? number.intValue() : 0;
  }

  @Override
  public String link(Path link) throws IOException {
    return Files.readSymbolicLink(link).toString();
  }

  @Override
  public FilesystemSpace space(Path path) throws IOException {
    return Linux.statvfs(path.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Ran run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).start();
    try {
      process.getOutputStream().close();
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> drain(process.getErrorStream()));
      CompletableFuture<String> out =
          CompletableFuture.supplyAsync(() -> drain(process.getInputStream()));
      if (!process.waitFor(RUN_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(command.getFirst() + " did not end within " + RUN_SECONDS + " s");
      }
      return new Ran(process.exitValue(), out.get(), err.get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      throw new IOException("cannot read what " + command.getFirst() + " says", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /// Reads to the end, so that the program does not wait, and keeps the beginning.
  private static String drain(InputStream in) {
    try (in) {
      byte[] kept = in.readNBytes(MAX_BYTES);
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return new String(kept, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
