package io.thaw.cli.builder;

import io.thaw.cli.builder.web.BuilderServer;
import io.thaw.cli.builder.web.Secrets;
import io.thaw.config.BuilderConfig;
import io.thaw.config.BuilderRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `thaw builder check`.
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = "Check a configuration without starting anything.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw builder check --example > /etc/thaw/builder.toml",
      "  thaw builder check --config /etc/thaw/builder.toml",
      "",
      "Exit codes: 0 the service would start, 1 it would not, 2 wrong usage."
    })
final class BuilderCheckCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private ConfigOption config = new ConfigOption();

  @Option(
      names = "--example",
      description = "Print a commented configuration to start from, and check nothing.")
  private boolean example;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (example) {
      out.print(BuilderConfig.example());
      return 0;
    }
    BuilderConfig settings = config.load();
    settings
        .warnings()
        .forEach(warning -> spec.commandLine().getErr().println("thaw: warning: " + warning));
    boolean loopback = BuilderServer.isLoopback(settings.listen());
    String secret =
        Secrets.willBeMade(settings, System.getenv(), loopback)
            ? "made at the first start, in " + settings.root().resolve("secret")
            : "found";
    out.println(config.file() + " is valid.");
    out.println("listens at " + settings.listen() + (loopback ? " (loopback only)" : ""));
    out.println("secret     " + secret);
    settings
        .registries()
        .forEach(
            registry ->
                out.println(
                    "registry   "
                        + registry.host()
                        + (registry.aliases().isEmpty() ? "" : ", also " + registry.aliases())
                        + (registry.plainHttp() ? ", plain HTTP" : "")
                        + (registry.insecure() ? ", certificate not checked" : "")));
    settings.rules().forEach(rule -> out.println("rule       " + text(rule)));
    return 0;
  }

  private static String text(BuilderRule rule) {
    return rule.name()
        + ": "
        + rule.format().name().toLowerCase(Locale.ROOT)
        + " of "
        + rule.images()
        + (rule.exclude().isEmpty() ? "" : " but " + rule.exclude());
  }
}
