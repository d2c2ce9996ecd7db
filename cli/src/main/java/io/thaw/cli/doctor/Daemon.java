package io.thaw.cli.doctor;

import io.thaw.proto.control.v1.DiagnoseResponse;
import java.io.IOException;

/// The running daemon.
@FunctionalInterface
interface Daemon {

  /// Asks it.
  ///
  /// @param image whose registry it is to try; empty for none
  /// @throws IOException if it does not answer; the message says why
  DiagnoseResponse ask(String image) throws IOException;
}
