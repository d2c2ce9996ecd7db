package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefetchFilesTest {
  @TempDir Path dir;

  @Test
  void readsAListAndDropsBlanks() throws IOException {
    assertThat(PrefetchFiles.read(json("[\" /usr/bin/python3\\n\", \"\", \"  \", \"/etc/a b\"]")))
        .containsExactly("/usr/bin/python3", "/etc/a b");
    assertThat(PrefetchFiles.read(json("[]"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "null", "[1]", "[\"a\"", "[\"a\"] x", "[[\"a\"]]"})
  void saysWhatIsWrongWithAnotherDocument(String text) throws IOException {
    Path file = json(text);
    assertThatThrownBy(() -> PrefetchFiles.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("[\"/usr/bin/python3\"]");
  }

  @Test
  void refusesAFileThatIsTooLarge() throws IOException {
    Path file = json("[\"" + "a".repeat(4 << 20) + "\"]");
    assertThatThrownBy(() -> PrefetchFiles.read(file)).hasMessageContaining("4194304");
  }

  @Test
  void namesAFileThatIsNotThere() {
    Path file = dir.resolve("absent.json");
    assertThatThrownBy(() -> PrefetchFiles.read(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("absent.json");
  }

  private Path json(String text) throws IOException {
    return Files.writeString(dir.resolve("files.json"), text);
  }
}
