package io.thaw.bench.scale;

import java.util.List;
import java.util.Locale;

/// Curves over the number of nodes, both axes logarithmic, one panel for each topology, as an SVG
/// that follows the reader's light or dark scheme.
final class CurveSvg {
  private static final int PANEL = 300;
  private static final int PLOT_WIDTH = 226;
  private static final int PLOT_HEIGHT = 210;
  private static final int LEFT = 56;
  private static final int TOP = 42;
  private static final String STYLE =
      """
      <style>
      text { font: 11px system-ui, sans-serif; fill: #24292f; }
      .t { font-size: 13px; font-weight: 600; }
      .g { stroke: #d0d7de; stroke-width: 1; }
      path { fill: none; stroke-width: 2; stroke-linejoin: round; }
      .d { stroke-dasharray: 5 4; stroke-width: 1.5; }
      .c0 { stroke: #0969da; } .c1 { stroke: #1a7f37; } .c2 { stroke: #8250df; }
      .c3 { stroke: #bc4c00; }
      @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .g { stroke: #3d444d; }
      .c0 { stroke: #58a6ff; } .c1 { stroke: #56d364; } .c2 { stroke: #bc8cff; }
      .c3 { stroke: #f0883e; }
      }
      </style>
      """;

  private final String unit;
  private final List<Panel> panels;
  private final List<String> legend;
  private final int mostNodes;
  private final int lowest;
  private final int highest;

  /// @param curves in the order of the legend
  record Panel(String title, List<Curve> curves) {}

  /// @param colour place in the legend
  /// @param dashed whether it is of the slowest rather than of the middle
  record Curve(int colour, boolean dashed, List<Point> points) {}

  record Point(int nodes, double value) {}

  /// @param unit of the values
  CurveSvg(String unit, List<String> legend, List<Panel> panels) {
    this.unit = unit;
    this.legend = legend;
    this.panels = panels;
    mostNodes =
        panels.stream()
            .flatMap(panel -> panel.curves.stream())
            .flatMap(curve -> curve.points.stream())
            .mapToInt(Point::nodes)
            .max()
            .orElse(1);
    lowest = decade(Math::floor, true);
    highest = Math.max(lowest + 1, decade(Math::ceil, false));
  }

  private int decade(java.util.function.DoubleUnaryOperator towards, boolean smallest) {
    var logs =
        panels.stream()
            .flatMap(panel -> panel.curves.stream())
            .flatMap(curve -> curve.points.stream())
            .mapToDouble(point -> Math.log10(Math.max(1e-3, point.value)));
    return (int) towards.applyAsDouble((smallest ? logs.min() : logs.max()).orElse(0));
  }

  String text() {
    int width = PANEL * panels.size();
    int height = TOP + PLOT_HEIGHT + 62;
    StringBuilder out = new StringBuilder();
    line(
        out,
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " height=\"%d\">",
            width,
            height,
            width,
            height));
    out.append(STYLE);
    for (int i = 0; i < panels.size(); i++) {
      line(out, String.format(Locale.ROOT, "<g transform=\"translate(%d 0)\">", i * PANEL));
      panel(out, panels.get(i));
      out.append("</g>\n");
    }
    int at = LEFT;
    for (int i = 0; i < legend.size(); i++) {
      line(
          out,
          String.format(Locale.ROOT, "<path class=\"c%d\" d=\"M%d %dh22\"/>", i, at, height - 14));
      line(
          out,
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%d\">%s</text>",
              at + 28,
              height - 10,
              legend.get(i)));
      at += 46 + 7 * legend.get(i).length();
    }
    return out.append("</svg>\n").toString();
  }

  private void panel(StringBuilder out, Panel panel) {
    line(
        out,
        String.format(
            Locale.ROOT, "<text class=\"t\" x=\"%d\" y=\"18\">%s</text>", LEFT, panel.title));
    line(out, String.format(Locale.ROOT, "<text x=\"%d\" y=\"34\">%s</text>", LEFT, unit));
    for (int decade = lowest; decade <= highest; decade++) {
      double y = y(Math.pow(10, decade));
      line(
          out,
          String.format(Locale.ROOT, "<path class=\"g\" d=\"M%d %.1fh%d\"/>", LEFT, y, PLOT_WIDTH));
      line(
          out,
          String.format(
              Locale.ROOT,
              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
              LEFT - 6,
              y + 4,
              power(decade)));
    }
    int bottom = TOP + PLOT_HEIGHT;
    for (int nodes = 1; nodes <= mostNodes; nodes *= 10) {
      double x = x(nodes);
      line(
          out,
          String.format(Locale.ROOT, "<path class=\"g\" d=\"M%.1f %dv%d\"/>", x, TOP, PLOT_HEIGHT));
      line(
          out,
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
              x,
              bottom + 16,
              nodes == 1 ? "1 node" : String.format(Locale.ROOT, "%,d", nodes)));
    }
    for (Curve curve : panel.curves) {
      StringBuilder path = new StringBuilder();
      for (Point point : curve.points) {
        path.append(path.isEmpty() ? 'M' : 'L')
            .append(String.format(Locale.ROOT, "%.1f %.1f", x(point.nodes), y(point.value)));
      }
      line(
          out,
          String.format(
              Locale.ROOT,
              "<path class=\"c%d%s\" d=\"%s\"/>",
              curve.colour,
              curve.dashed ? " d" : "",
              path));
    }
  }

  private static String power(int decade) {
    return decade < 0
        ? String.format(Locale.ROOT, "%." + -decade + "f", Math.pow(10, decade))
        : String.format(Locale.ROOT, "%,.0f", Math.pow(10, decade));
  }

  private double x(int nodes) {
    return LEFT + PLOT_WIDTH * Math.log10(nodes) / Math.max(1, Math.log10(mostNodes));
  }

  private double y(double value) {
    double part = (Math.log10(Math.max(1e-3, value)) - lowest) / (highest - lowest);
    return TOP + PLOT_HEIGHT * (1 - part);
  }

  private static void line(StringBuilder out, String text) {
    out.append(text).append('\n');
  }
}
