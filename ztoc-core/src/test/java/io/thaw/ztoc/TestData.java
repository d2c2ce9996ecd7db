package io.thaw.ztoc;

import java.nio.file.Path;
import java.util.Objects;

/// Where the files that tests share are.
final class TestData {
  private TestData() {}

  static Path golden(String name) {
    return Path.of(Objects.requireNonNull(System.getProperty("thaw.testdata")), "golden", name);
  }
}
