package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What scripts made for AWS's tool see.
class SociNameTest {
  @TempDir Path dir;

  @Test
  void nerdctlFindsAVersionThatCanConvert() {
    Matcher version =
        Pattern.compile("v?(\\d+)\\.(\\d+)\\.(\\d+)").matcher(Cli.runAs("soci", "--version").out());
    assertThat(version.find()).isTrue();
    int number = Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2));
    assertThat(number).isGreaterThanOrEqualTo(10);
  }

  @Test
  void errorsBeginWithTheName() {
    Cli.Run run = Cli.runAs("soci", "--root", dir, "index", "info", "sha256:" + "0".repeat(64));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).startsWith("soci: no artifact sha256:");
    assertThat(Cli.runAs("soci", "what").err()).startsWith("soci: ").contains("Try \"soci ");
  }

  @Test
  void ztocInfoIsJson() throws IOException {
    Path ztoc = dir.resolve("z");
    Cli.run("ztoc", "create", "-q", Cli.GOLDEN.resolve("pax-6.tar.gz"), ztoc);
    String text = Cli.runAs("soci", "ztoc", "info", ztoc).out();
    assertThat(text).startsWith("{\n  \"version\": \"0.9\",\n");
    assertThat(new ObjectMapper().readTree(text).get("num_files").asInt()).isPositive();
  }

  @Test
  void globalFlagsStandBeforeOrAfterTheCommand() {
    String digest = "sha256:" + "0".repeat(64);
    for (Object[] args :
        new Object[][] {
          {"--root", dir, "--namespace", "k8s.io", "index", "info", digest},
          {"index", "--root", dir, "-n", "k8s.io", "info", digest},
          {"index", "info", "--root", dir, "--namespace=k8s.io", digest},
        }) {
      assertThat(Cli.runAs("soci", args).err()).startsWith("soci: no artifact");
    }
  }

  @Test
  void aPlatformThatIsNotTheHostsIsNotIndexedUnasked() {
    Cli.Run run =
        Cli.runAs(
            "soci",
            "--root",
            dir.resolve("root"),
            "create",
            "--standalone",
            "--min-layer-size",
            "1",
            "--platform",
            "plan9/mips",
            Cli.GOLDEN.resolve("layout"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("has no image for");
  }
}
