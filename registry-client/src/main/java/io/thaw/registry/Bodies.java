package io.thaw.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/// Reads bodies within bounds and tells broken transfers from other errors.
final class Bodies {

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

  /// The exception to pass on for a failure while reading an answer's body.
  static IOException broken(Answer answer, IOException cause) {
    return cause instanceof RegistryException || cause instanceof InterruptedIOException
        ? cause
        : Failures.unreachable(answer.servedFrom(), cause);
  }
}
