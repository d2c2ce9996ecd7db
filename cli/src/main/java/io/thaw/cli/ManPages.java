package io.thaw.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Writes a manual page for each command, from what its help says. Packages call it when they are
/// built.
public final class ManPages {
  private ManPages() {}

  /// Writes the pages into the directory named by the first argument.
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("Usage: ManPages DIRECTORY");
    }
    write(Path.of(args[0]));
  }

  /// Writes `thaw.1`, `thaw-convert.1` and so on into `dir`, which is made.
  static void write(Path dir) throws IOException {
    Files.createDirectories(dir);
    write(dir, ThawMain.model());
  }

  private static void write(Path dir, CommandLine command) throws IOException {
    CommandSpec spec = command.getCommandSpec();
    if (spec.usageMessage().hidden()) {
      return;
    }
    Files.writeString(dir.resolve(name(spec) + ".1"), page(command));
    for (CommandLine sub : subcommands(command)) {
      write(dir, sub);
    }
  }

  private static List<CommandLine> subcommands(CommandLine command) {
    return command.getSubcommands().values().stream()
        .distinct()
        .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  private static String name(CommandSpec spec) {
    return spec.qualifiedName("-");
  }

  private static String page(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    Help help = command.getHelp();
    List<String> description = lines(usage.description());
    StringBuilder page = new StringBuilder();
    page.append(".TH ")
        .append(quoted(name(spec).toUpperCase(Locale.ROOT)))
        .append(" 1 \"\" ")
        .append(quoted("thaw " + Version.number()))
        .append(" \"Thaw\"\n.nh\n.ad l\n");
    page.append(".SH NAME\n").append(text(name(spec)));
    if (!description.isEmpty()) {
      page.append(" \\- ").append(text(description.getFirst()));
    }
    page.append("\n.SH SYNOPSIS\n.nf\n")
        .append(block(help.synopsis(0).strip()))
        .append(".fi\n.SH DESCRIPTION\n");
    for (String line : description) {
      page.append(line.isBlank() ? ".PP\n" : text(line) + "\n");
    }
    arguments(page, spec);
    commands(page, command);
    footer(page, usage);
    if (spec.parent() != null) {
      page.append(".SH SEE ALSO\n.BR ").append(text(name(spec.parent()))).append(" (1)\n");
    }
    return page.toString();
  }

  private static void arguments(StringBuilder page, CommandSpec spec) {
    List<PositionalParamSpec> parameters =
        spec.positionalParameters().stream().filter(p -> !p.hidden()).toList();
    if (!parameters.isEmpty()) {
      page.append(".SH ARGUMENTS\n");
    }
    for (PositionalParamSpec parameter : parameters) {
      item(page, parameter.paramLabel(), lines(parameter.description()));
    }
    List<OptionSpec> options = spec.options().stream().filter(o -> !o.hidden()).toList();
    if (!options.isEmpty()) {
      page.append(".SH OPTIONS\n");
    }
    for (OptionSpec option : options) {
      String names = String.join(", ", option.names());
      boolean hasValue = option.arity().max() > 0;
      item(page, names + (hasValue ? " " + option.paramLabel() : ""), lines(option.description()));
    }
  }

  private static void commands(StringBuilder page, CommandLine command) {
    List<CommandLine> commands = subcommands(command);
    if (!commands.isEmpty()) {
      page.append(".SH COMMANDS\n");
    }
    for (CommandLine sub : commands) {
      List<String> description = lines(sub.getCommandSpec().usageMessage().description());
      item(page, sub.getCommandName(), description.subList(0, Math.min(1, description.size())));
    }
  }

  private static void footer(StringBuilder page, UsageMessageSpec usage) {
    List<String> footer = lines(usage.footer());
    if (footer.isEmpty()) {
      return;
    }
    String heading = plain(String.format(Locale.ROOT, usage.footerHeading())).strip();
    page.append(".SH ")
        .append(quoted(heading.replace(":", "").toUpperCase(Locale.ROOT)))
        .append("\n.nf\n");
    footer.forEach(line -> page.append(block(line)));
    page.append(".fi\n");
  }

  private static void item(StringBuilder page, String head, List<String> body) {
    page.append(".TP\n\\fB").append(text(head)).append("\\fR\n");
    body.forEach(line -> page.append(line.isBlank() ? ".br\n" : text(line) + "\n"));
  }

  /// Lines of a text as picocli has it, with its escapes and markup taken away.
  private static List<String> lines(String[] raw) {
    List<String> lines = new ArrayList<>();
    for (String text : raw) {
      lines.addAll(plain(text.replace("%n", "\n").replace("%%", "%")).lines().toList());
      if (text.isEmpty()) {
        lines.add("");
      }
    }
    return lines;
  }

  private static String plain(String markup) {
    return Ansi.OFF.new Text(markup).toString();
  }

  private static String block(String text) {
    StringBuilder block = new StringBuilder();
    text.lines().forEach(line -> block.append(text(line)).append('\n'));
    return block.isEmpty() ? "\n" : block.toString();
  }

  /// Escapes what roff would take for a request.
  private static String text(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }

  private static String quoted(String text) {
    return '"' + text(text).replace("\"", "\\(dq") + '"';
  }
}
