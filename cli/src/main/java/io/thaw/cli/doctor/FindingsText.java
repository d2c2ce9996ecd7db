package io.thaw.cli.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.cli.doctor.Finding.Level;
import java.io.PrintWriter;
import java.util.List;

/// Findings for people, and for scripts.
final class FindingsText {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String INDENT = " ".repeat(9);

  private final List<Finding> findings;

  FindingsText(List<Finding> findings) {
    this.findings = List.copyOf(findings);
  }

  long count(Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }

  /// @param all also what is fine
  void print(PrintWriter out, boolean all) {
    for (Finding finding : findings) {
      if (all || finding.level() == Level.WRONG || finding.level() == Level.WARNING) {
        out.printf(
            "%-8s %-22s %s%n", finding.level().text(), finding.check(), line(finding.what()));
        finding.remedy().forEach(line -> out.println(INDENT + "→ " + line(line)));
      }
    }
    out.printf(
        "%d wrong, %d warnings, %d ok, %d skipped%n",
        count(Level.WRONG), count(Level.WARNING), count(Level.OK), count(Level.SKIPPED));
  }

  /// One line, whatever others have put into it.
  private static String line(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                line.appendCodePoint(
                    Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        ? '?'
                        : c));
    return line.toString();
  }

  ObjectNode json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("wrong", count(Level.WRONG));
    root.put("warnings", count(Level.WARNING));
    ArrayNode all = root.putArray("findings");
    for (Finding finding : findings) {
      ObjectNode node =
          all.addObject()
              .put("check", finding.check())
              .put("level", finding.level().text())
              .put("what", finding.what());
      finding.remedy().forEach(node.putArray("remedy")::add);
    }
    return root;
  }
}
