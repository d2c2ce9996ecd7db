package io.thaw.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;

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

/// An HTML file that needs nothing else: no network, no other file.
///
/// What its data say can never act in it: a content security policy admits only the script and the
/// style whose digests it names; data stand as JSON without `<`, `>` and `&` ([HtmlEscapes]) in an
/// element that is no script; and scripts are to show them only as text.
///
/// @param home the class beside whose resources `page.html`, the style and the scripts lie
/// @param scripts their names, in order
public record SafePage(Class<?> home, String style, List<String> scripts) {
  private static final Pattern PLACE = Pattern.compile("@(POLICY|TITLE|STYLE|DATA|SCRIPT)@");

  public SafePage {
    scripts = List.copyOf(scripts);
  }

  /// Writes what stands in one place of the page.
  @FunctionalInterface
  public interface Part {
    void write(Writer out) throws IOException;
  }

  /// Writes the page; does not close `out`.
  ///
  /// @param title any text
  /// @param data writes JSON, with [HtmlEscapes]
  public void write(String title, Part data, Writer out) throws IOException {
    String css = resource(style);
    StringBuilder script = new StringBuilder();
    for (String name : scripts) {
      script.append(resource(name));
    }
    Map<String, Part> parts =
        Map.of(
            "POLICY", to -> to.write(policy(script.toString(), css)),
            "TITLE", to -> to.write(escaped(title)),
            "STYLE", to -> to.write(css),
            "DATA", data,
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

  private String resource(String name) throws IOException {
    try (InputStream in = home.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is not in the program");
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
