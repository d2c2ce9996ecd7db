package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.options.ByteSize;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThawMainTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "convert", "push", "ztoc", "ztoc create", "ztoc info", "ztoc ls"})
  void everyCommandExplainsItselfWithExamples(String command) {
    List<Object> args =
        new java.util.ArrayList<>(
            List.of(command.isEmpty() ? new String[0] : command.split(" ", -1)));
    args.add("--help");
    Cli.Run run = Cli.run(args.toArray());
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Usage: thaw").contains("Examples:");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void printsItsVersion() {
    assertThat(Cli.run("version").out()).startsWith("thaw 0.");
    assertThat(Cli.run("--version").out()).isEqualTo(Cli.run("version").out());
  }

  @Test
  void generatesCompletion() {
    Cli.Run run = Cli.run("generate-completion");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("complete ").contains("--min-layer-size");
  }

  @Test
  void wrongUsageIsExitCodeTwoAndTwoLines() {
    for (Object[] args :
        new Object[][] {
          {},
          {"thaw-it"},
          {"--what"},
          {"ztoc"},
          {"ztoc", "create", "one"},
          {"convert", "--standalone", "a"},
          {"convert", "--standalone", "--span-size", "big", "a", "b"},
          {"convert", "--standalone", "--span-size", "0", "a", "b"},
          {"convert", "--standalone", "--min-layer-size", "9999999999GiB", "a", "b"},
          {"convert", "--standalone", "--format", "docker", "a", "b"},
          {"convert", "--standalone", "--platform", "amd64", "a", "b"},
          {"push", "--layout", "x", "UPPER/Case"},
          {"push", "--layout", "x", "--parallel", "-1", "host/app:1"},
          {"push", "--layout", "x", "host/app@sha256:" + "0".repeat(64)},
        }) {
      Cli.Run run = Cli.run(args);
      assertThat(run.code()).as(List.of(args).toString()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("thaw: ").contains("--help\"").doesNotContain("\tat ");
    }
  }

  @Test
  void aFailureIsOneLineUnlessDebugIsAskedFor() {
    Cli.Run run = Cli.run("convert", "--standalone", "/no/such/layout", "/tmp/never-made");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines())
        .containsExactly(
            "thaw: /no/such/layout: no such file or directory; give an OCI image layout");
    for (Object[] args :
        new Object[][] {
          {"--debug", "ztoc", "info", "/no/such"}, {"ztoc", "info", "--debug", "/no/such"}
        }) {
      Cli.Run debug = Cli.run(args);
      assertThat(debug.code()).isEqualTo(1);
      assertThat(debug.err()).contains("thaw: /no/such: no such file").contains("\tat io.thaw");
    }
  }

  @Test
  void readsSizesAsUsersWriteThem() {
    assertThat(ByteSize.parse("262144").bytes()).isEqualTo(262_144);
    assertThat(ByteSize.parse("256k").bytes()).isEqualTo(262_144);
    assertThat(ByteSize.parse("256KiB").bytes()).isEqualTo(262_144);
    assertThat(ByteSize.parse("4MiB").bytes()).isEqualTo(4 << 20);
    assertThat(ByteSize.parse("2g").bytes()).isEqualTo(2L << 30);
    assertThat(ByteSize.text(1536)).isEqualTo("1.5 KiB");
    assertThat(ByteSize.text(5L << 30)).isEqualTo("5.00 GiB");
  }
}
