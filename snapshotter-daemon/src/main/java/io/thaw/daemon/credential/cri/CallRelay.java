package io.thaw.daemon.credential.cri;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// One call passed on: messages, headers, trailers, status, deadline and cancellation go through.
/// A side that is slow slows the other one down.
final class CallRelay {

  private final ServerCall<byte[], byte[]> caller;
  private final ClientCall<byte[], byte[]> target;
  private final AtomicBoolean callerWaits = new AtomicBoolean();
  private final AtomicBoolean targetWaits = new AtomicBoolean();

  private CallRelay(ServerCall<byte[], byte[]> caller, ClientCall<byte[], byte[]> target) {
    this.caller = caller;
    this.target = target;
  }

  /// @param seen is shown every message of the caller before it goes on
  static ServerCall.Listener<byte[]> start(
      ServerCall<byte[], byte[]> caller, Metadata headers, Channel channel, Consumer<byte[]> seen) {
    CallOptions options = CallOptions.DEFAULT.withDeadline(Context.current().getDeadline());
    ClientCall<byte[], byte[]> target = channel.newCall(caller.getMethodDescriptor(), options);
    CallRelay relay = new CallRelay(caller, target);
    target.start(relay.new Answers(), headers);
    target.request(1);
    caller.request(1);
    return relay.new Requests(seen);
  }

  private final class Requests extends ServerCall.Listener<byte[]> {
    private final Consumer<byte[]> seen;

    Requests(Consumer<byte[]> seen) {
      this.seen = seen;
    }

    @Override
    public void onMessage(byte[] message) {
      seen.accept(message);
      target.sendMessage(message);
      if (target.isReady()) {
        caller.request(1);
      } else {
        callerWaits.set(true);
        resumeCaller();
      }
    }

    @Override
    public void onHalfClose() {
      target.halfClose();
    }

    @Override
    public void onCancel() {
      target.cancel("the caller cancelled", null);
    }

    @Override
    public void onReady() {
      if (caller.isReady() && targetWaits.compareAndSet(true, false)) {
        target.request(1);
      }
    }
  }

  private void resumeCaller() {
    if (target.isReady() && callerWaits.compareAndSet(true, false)) {
      caller.request(1);
    }
  }

  private final class Answers extends ClientCall.Listener<byte[]> {
    @Override
    public void onHeaders(Metadata headers) {
      caller.sendHeaders(headers);
    }

    @Override
    public void onMessage(byte[] message) {
      caller.sendMessage(message);
      targetWaits.set(true);
      if (caller.isReady() && targetWaits.compareAndSet(true, false)) {
        target.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      caller.close(status, trailers);
    }

    @Override
    public void onReady() {
      resumeCaller();
    }
  }
}
