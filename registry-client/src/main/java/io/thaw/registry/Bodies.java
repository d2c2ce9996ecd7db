package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads bodies within bounds and tells broken transfers from other errors.
final class Bodies {

  private static final Logger log = LoggerFactory.getLogger(Bodies.class);
  private static final int MAX_DISCARDED = 64 << 10;

  private Bodies() {}

  /// The whole body of an answer, refused when it is longer than the bound.
  static byte[] readBounded(ApiRequest request, Answer answer, int maxBytes) throws IOException {
    byte[] body;
    try {
      InputStream in = answer.response().body();
      body = in.readNBytes(maxBytes);
      if (body.length == maxBytes && in.read() >= 0) {
        throw Failures.malformed(
            Texts.authority(answer.servedFrom()),
            request.repository()
                + ": "
                + request.what()
                + " is longer than the limit of "
                + maxBytes
                + " bytes");
      }
    } catch (IOException e) {
      throw broken(answer, e);
    }
    long announced = answer.response().contentLength();
    if (announced >= 0 && announced != body.length) {
      throw broken(
          answer, new IOException("body has " + body.length + " of " + announced + " bytes"));
    }
    return body;
  }

  /// Reads off what is left of a short body, so that the connection can be used again, and closes
  /// the response; a long or broken body costs the connection.
  static void discard(Transport.Response response) throws InterruptedIOException {
    try (response) {
      response.body().readNBytes(MAX_DISCARDED);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      log.debug("closing a connection: {}", e.getMessage());
    }
  }

  /// The exception to pass on for a failure while reading an answer's body.
  static IOException broken(Answer answer, IOException cause) {
    return cause instanceof RegistryException || cause instanceof InterruptedIOException
        ? cause
        : Failures.unreachable(answer.servedFrom(), cause);
  }
}
