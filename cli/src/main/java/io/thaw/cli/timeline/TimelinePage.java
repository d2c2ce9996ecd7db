package io.thaw.cli.timeline;

import io.thaw.cli.output.SafePage;
import io.thaw.cli.output.Table;
import io.thaw.proto.control.v1.TimelineResponse;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/// A timeline as one HTML file that needs nothing else ([SafePage]).
public final class TimelinePage {
  private static final SafePage PAGE =
      new SafePage(TimelinePage.class, "page.css", List.of("timeline.js"));

  private TimelinePage() {}

  /// Writes the page; does not close `out`.
  public static void write(TimelineResponse timeline, Writer out) throws IOException {
    PAGE.write(
        Table.printable(timeline.getImage()) + " · thaw timeline",
        to -> TimelineJson.write(timeline, to),
        out);
  }
}
