package io.thaw.cli.containerd;

import com.google.protobuf.ByteString;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.thaw.proto.containerd.content.v1.ReadContentResponse;
import io.thaw.registry.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/// A read of containerd's content as a stream. containerd sends the next piece when the one before
/// it has been read; closing early ends the call.
final class ContentStream extends InputStream {
  private final ContainerdClient client;
  private final Digest digest;
  private final BlockingClientCall<?, ReadContentResponse> call;
  private ByteString piece = ByteString.EMPTY;
  private int position;
  private long left;

  ContentStream(
      ContainerdClient client,
      Digest digest,
      BlockingClientCall<?, ReadContentResponse> call,
      long sizeBytes) {
    this.client = client;
    this.digest = digest;
    this.call = call;
    this.left = sizeBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    while (position == piece.size()) {
      piece = next();
      position = 0;
    }
    int n = (int) Math.min(Math.min(length, left), piece.size() - position);
    piece.substring(position, position + n).copyTo(buffer, offset);
    position += n;
    left -= n;
    return n;
  }

  private ByteString next() throws IOException {
    String doing = "read blob " + digest;
    try {
      ReadContentResponse response = call.read();
      if (response == null) {
        throw new EOFException(
            "Blob " + digest + " in " + client + " ends " + left + " bytes too early");
      }
      return response.getData();
    } catch (StatusException e) {
      throw client.failure(doing, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.interrupted(doing, e);
    }
  }

  @Override
  public void close() {
    left = 0;
    call.cancel("no more is wanted", null);
  }
}
