package io.thaw.bench.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The layer, in memory, in a measuring JVM.
@State(Scope.Benchmark)
public class LayerState {
  /// The system property that names the layer's file.
  static final String PROPERTY = "thaw.bench.layer";

  final Path file;
  final byte[] stored;

  public LayerState() {
    this.file = Path.of(System.getProperty(PROPERTY, ""));
    try {
      this.stored = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
