package io.thaw.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.bench.scale.CurveSvg.Curve;
import io.thaw.bench.scale.CurveSvg.Panel;
import io.thaw.bench.scale.CurveSvg.Point;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class CurveSvgTest {
  private final String svg =
      new CurveSvg(
              "seconds",
              List.of("lazy", "overlayfs"),
              List.of(
                  new Panel(
                      "one registry",
                      List.of(
                          new Curve(0, false, List.of(new Point(1, 10), new Point(1000, 100))),
                          new Curve(1, true, List.of(new Point(1, 1), new Point(10, 1000)))))))
          .text();

  @Test
  void drawsEachPointWhereItsAxesSay() throws Exception {
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    // 1 to 1000 on both axes: a third and two thirds of the height, the right edge for 1000 nodes.
    assertThat(svg).contains("<path class=\"c0\" d=\"M56.0 182.0L282.0 112.0\"/>");
    assertThat(svg).contains("<path class=\"c1 d\" d=\"M56.0 252.0L131.3 42.0\"/>");
  }

  @Test
  void namesPanelsUnitAndCurvesAndFollowsTheReadersScheme() {
    assertThat(svg)
        .contains(">one registry<", ">seconds<", ">lazy<", ">overlayfs<", ">1,000<", ">1 node<")
        .contains("prefers-color-scheme: dark");
  }
}
