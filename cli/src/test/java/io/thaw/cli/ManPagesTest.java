package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManPagesTest {
  @TempDir private Path dir;

  @Test
  void eachCommandHasAPageThatNamesItsOptions() throws IOException {
    ManPages.write(dir);

    assertThat(names()).contains("thaw.1", "thaw-convert.1", "thaw-ztoc-info.1");
    assertThat(Files.readString(dir.resolve("thaw-convert.1")))
        .startsWith(".TH \"THAW\\-CONVERT\" 1 ")
        .contains(".SH SYNOPSIS\n", ".SH OPTIONS\n", "\\fB\\-\\-min\\-layer\\-size")
        .contains(".SH \"EXAMPLES\"\n", ".SH SEE ALSO\n.BR thaw (1)\n");
    assertThat(Files.readString(dir.resolve("thaw.1")))
        .contains(".SH COMMANDS\n", ".TP\n\\fBconvert\\fR\n");
  }

  @Test
  void noLineIsTakenForARequestByMistakeAndNoMarkupIsLeft() throws IOException {
    ManPages.write(dir);

    List<String> requests =
        List.of(".TH", ".SH", ".TP", ".PP", ".nf", ".fi", ".nh", ".ad", ".br", ".BR");
    for (String name : names()) {
      for (String line : Files.readAllLines(dir.resolve(name))) {
        if (line.startsWith(".")) {
          assertThat(requests).as(name + ": " + line).contains(line.split(" ", 2)[0]);
        }
        assertThat(line).as(name).doesNotStartWith("'").doesNotContain("${", "@|", "|@", "%n");
      }
    }
  }

  @Test
  void thePagesAreTheSameEachTime() throws IOException {
    Path again = dir.resolve("again");
    ManPages.write(dir.resolve("once"));
    ManPages.write(again);

    try (Stream<Path> pages = Files.list(dir.resolve("once"))) {
      for (Path page : pages.toList()) {
        assertThat(again.resolve(page.getFileName())).hasSameBinaryContentAs(page);
      }
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> pages = Files.list(dir)) {
      return pages.map(page -> page.getFileName().toString()).toList();
    }
  }
}
