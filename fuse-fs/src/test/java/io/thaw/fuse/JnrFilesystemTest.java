package io.thaw.fuse;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.fuse.backend.FuseBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The jnr backend, on hosts that have libfuse 2.
class JnrFilesystemTest extends LayerFilesystemTest {
  @Override
  FuseBackend open() throws IOException {
    assumeTrue(
        Stream.of(
                "/usr/lib/x86_64-linux-gnu",
                "/lib/x86_64-linux-gnu",
                "/usr/lib/aarch64-linux-gnu",
                "/usr/lib64",
                "/usr/lib")
            .anyMatch(folder -> Files.exists(Path.of(folder, "libfuse.so.2"))),
        "needs libfuse 2 (package libfuse2)");
    return FuseBackends.open("jnr");
  }

  @Override
  int manyMounts() {
    return 2;
  }

  @Override
  boolean namesMayBeAnyBytes() {
    return false;
  }
}
