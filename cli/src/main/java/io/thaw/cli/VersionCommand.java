package io.thaw.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `thaw version`.
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "Print the version.",
    footerHeading = "%nExamples:%n",
    footer = {"  thaw version", "  thaw version --json | jq -r .version"})
final class VersionCommand implements Runnable {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public void run() {
    Shell shell = Shell.of(spec);
    shell.out().println(json ? Version.json() : Version.text(shell.program()));
  }
}
