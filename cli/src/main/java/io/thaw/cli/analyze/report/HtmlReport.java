package io.thaw.cli.analyze.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.cli.analyze.Analysis;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Writes an analysis as one HTML file that needs nothing else: no network, no other file.
///
/// What an image says can never act in the page: a content security policy admits only the script
/// and the style whose digests it names; data stand as JSON without `<`, `>` and `&` in an element
/// that is no script; and the script shows them only as text.
public final class HtmlReport {
  private static final List<String> SCRIPTS =
      List.of("model.js", "treemap.js", "spans.js", "tables.js", "page.js");
  private static final Pattern PLACE = Pattern.compile("@(POLICY|TITLE|STYLE|DATA|SCRIPT)@");

  private HtmlReport() {}

  /// Writes the page; does not close `out`.
  public static void write(Analysis analysis, Writer out) throws IOException {
    String style = resource("page.css");
    StringBuilder script = new StringBuilder();
    for (String name : SCRIPTS) {
      script.append(resource(name));
    }
    Map<String, Part> parts =
        Map.of(
            "POLICY", to -> to.write(policy(script.toString(), style)),
            "TITLE", to -> to.write(escaped(Texts.printable(analysis.name()) + " · thaw analyze")),
            "STYLE", to -> to.write(style),
            "DATA", to -> PageData.write(analysis, to),
            "SCRIPT", to -> to.write(script.toString()));
    String page = resource("page.html");
    Matcher place = PLACE.matcher(page);
    int from = 0;
    while (place.find()) {
      out.write(page, from, place.start() - from);
      Part part = parts.get(place.group(1));
      if (part != null) {
        part.write(out);
      }
      from = place.end();
    }
    out.write(page, from, page.length() - from);
  }

  /// Writes what stands in one place of the page.
  private interface Part {
    void write(Writer out) throws IOException;
  }

  private static String policy(String script, String style) {
    return "default-src 'none'; script-src 'sha256-"
        + digest(script)
        + "'; style-src 'sha256-"
        + digest(style)
        + "'; base-uri 'none'; form-action 'none'";
  }

  private static String digest(String text) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder().encodeToString(sha256.digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is not in the program");
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
