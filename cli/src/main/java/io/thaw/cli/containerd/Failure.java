package io.thaw.cli.containerd;

import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/// Says what a failed call means to the person who made it.
final class Failure {
  private Failure() {}

  /// An exception whose message names containerd's address, what was tried, and a remedy if one is
  /// known.
  ///
  /// @param doing the thing tried, as it stands after "could not"
  static IOException of(ContainerdAddress address, String doing, StatusException failure) {
    Status status = failure.getStatus();
    return switch (status.getCode()) {
      case UNAVAILABLE -> new IOException(unreachable(address.socket(), doing, status), failure);
      case UNIMPLEMENTED ->
          new IOException(
              "Whatever answers at "
                  + address.socket()
                  + " is not containerd, or a containerd without the service needed to "
                  + doing
                  + "; name containerd's own socket with --address",
              failure);
      case DEADLINE_EXCEEDED ->
          new IOException(
              "containerd at "
                  + address.socket()
                  + " took longer than "
                  + address.timeout().toMillis()
                  + " ms; the time ran out before it could "
                  + doing
                  + " (raise --timeout)",
              failure);
      case CANCELLED -> interrupted(doing, failure);
      default ->
          new IOException(
              "containerd at "
                  + address.socket()
                  + " could not "
                  + doing
                  + ": "
                  + Objects.requireNonNullElse(status.getDescription(), "no reason given")
                  + " ("
                  + status.getCode()
                  + ")",
              failure);
    };
  }

  static InterruptedIOException interrupted(String doing, Throwable cause) {
    InterruptedIOException interrupted =
        new InterruptedIOException("interrupted; could not " + doing);
    interrupted.initCause(cause);
    return interrupted;
  }

  /// Looks at the socket itself, which tells more than gRPC does.
  private static String unreachable(Path socket, String doing, Status status) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(socket, BasicFileAttributes.class);
      if (!attributes.isOther()) {
        return socket + " is not a socket; name containerd's with --address";
      }
    } catch (NoSuchFileException e) {
      return "There is no containerd at "
          + socket
          + ": no such file. Start containerd, or name its socket with --address";
    } catch (AccessDeniedException e) {
      return denied(socket);
    } catch (IOException e) {
      return "containerd's socket " + socket + " cannot be looked at: " + e.getMessage();
    }
    return Files.isWritable(socket) ? silent(socket, doing, status) : denied(socket);
  }

  private static String denied(Path socket) {
    return "Permission denied at " + socket + ". Only root may talk to containerd; use sudo";
  }

  private static String silent(Path socket, String doing, Status status) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return "containerd at "
          + socket
          + " could not "
          + doing
          + ": "
          + Objects.requireNonNullElse(status.getDescription(), "no reason given")
          + ". Is it containerd that listens there?";
    } catch (ConnectException e) {
      return "Nobody listens at " + socket + ": containerd has ended. Start it again";
    } catch (IOException e) {
      return "containerd at " + socket + " cannot be reached: " + e.getMessage();
    }
  }
}
