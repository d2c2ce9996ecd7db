package io.thaw.daemon.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.thaw.daemon.log.RequestContext;

/// Gives each call an id, which the log lines of its handler have.
final class RequestIds implements ServerInterceptor {

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String id = RequestContext.newId();
    return new SimpleForwardingServerCallListener<Q>(next.startCall(call, headers)) {
      // A unary call's handler runs when the caller has said all it has to say.
      @Override
      public void onHalfClose() {
        RequestContext.run(id, super::onHalfClose);
      }

      @Override
      public void onMessage(Q message) {
        RequestContext.run(id, () -> super.onMessage(message));
      }
    };
  }
}
