package io.thaw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// docs/cli.md tells of everything there is, and every command explains itself.
class CliDocumentationTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("thaw.testdata"))
          .toAbsolutePath()
          .getParent()
          .resolve("docs/cli.md");

  @Test
  void everyCommandAndOptionIsDocumented() throws IOException {
    String text = Files.readString(DOCUMENT);
    List<String> missing = new ArrayList<>();
    for (CommandLine command : commands(ThawMain.model())) {
      String name = command.getCommandSpec().qualifiedName();
      if (!name.equals("thaw") && command.getSubcommands().isEmpty() && !text.contains(name)) {
        missing.add(name);
      }
      for (OptionSpec option : command.getCommandSpec().options()) {
        for (String written : option.names()) {
          if (!text.contains("`" + written) && !text.contains("[" + written)) {
            missing.add(name + " " + written);
          }
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void everyCommandHasExamplesAndExitCodesInItsHelp() {
    for (CommandLine command : commands(ThawMain.model())) {
      String name = command.getCommandSpec().qualifiedName();
      if (name.endsWith("help") || name.endsWith("generate-completion")) {
        continue; // picocli's own
      }
      String usage = command.getUsageMessage();
      assertThat(usage).as(name).contains("Usage: " + name);
      if (!name.startsWith("thaw builder ")) {
        assertThat(usage).as(name).contains("Examples:");
      }
      if (command.getSubcommands().isEmpty() && !name.endsWith("version")) {
        assertThat(usage).as(name).containsPattern("Exit codes:\\s+0 ");
      }
    }
  }

  private static List<CommandLine> commands(CommandLine top) {
    List<CommandLine> all = new ArrayList<>(List.of(top));
    top.getSubcommands().values().stream().distinct().forEach(c -> all.addAll(commands(c)));
    return all;
  }
}
