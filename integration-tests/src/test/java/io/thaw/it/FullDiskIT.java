package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.index.Conversion;
import io.thaw.index.ConvertProgress;
import io.thaw.index.Converter;
import io.thaw.index.oci.ImageContent;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.Scratch;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Indexing and writing on a filesystem of 256 KiB.
class FullDiskIT {
  @TempDir private Path dir;

  private Path small;
  private ImageLayout image;

  @BeforeEach
  void mountASmallFilesystem() throws IOException {
    image = TestImages.golden("pax-stored.tar.gz", dir.resolve("layout"));
    small = Files.createDirectory(dir.resolve("small"));
    Commands.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small.toString());
  }

  @AfterEach
  void unmount() throws IOException {
    Commands.run("umount", small.toString());
  }

  @ParameterizedTest
  @EnumSource
  void aLayoutThatDoesNotFitIsAnErrorAndLeavesNothing(LayoutFormat format) throws IOException {
    LayoutTarget target = LayoutTarget.at(small.resolve("result"), format);
    try (LayoutSource source = LayoutSource.open(image.dir())) {
      ImageContent content = ImageContent.of(source);
      assertThatThrownBy(() -> target.write(content))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("The disk is full")
          .hasMessageContaining(small.toString())
          .hasMessageContaining("free some space");
    }
    assertThat(filesIn(small)).isEmpty();
  }

  @Test
  void zTocsThatDoNotFitAreAnErrorAndLeaveNothing() throws IOException {
    try (LayoutSource source = LayoutSource.open(image.dir())) {
      assertThatThrownBy(() -> convert(source))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("The disk is full")
          .hasMessageContaining(small.toString());
    }
    assertThat(filesIn(small)).isEmpty();
  }

  private Conversion convert(LayoutSource source) throws IOException {
    try (Scratch scratch = Scratch.beside(small.resolve("result"))) {
      return new Converter(TestImages.SMALL_SPANS.withSpanSize(1 << 16), ConvertProgress.NONE)
          .convert(source, scratch.directory());
    }
  }

  private static List<Path> filesIn(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }
}
