package io.thaw.registry;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;

/// The response at the end of a chain of redirects.
///
/// @param servedFrom address that gave the response
/// @param foreign whether it is on another host than the one asked
record Answer(Transport.Response response, URI servedFrom, boolean foreign) implements Closeable {

  int status() {
    return response.status();
  }

  boolean successful() {
    return status() >= 200 && status() < 300;
  }

  @Override
  public void close() throws IOException {
    response.close();
  }

  @Override
  public String toString() {
    return "Answer[" + status() + " from " + Texts.shown(servedFrom) + "]";
  }
}
