package io.thaw.cli.daemon;

import io.thaw.cli.options.ByteSize;
import io.thaw.cli.output.Table;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.LayerPlan;
import io.thaw.proto.control.v1.Mode;
import java.io.PrintWriter;
import java.util.Locale;

/// What a pull would do, in words.
final class ExplainText {
  private static final int SHORT_DIGEST = 19;

  private final ExplainResponse told;

  ExplainText(ExplainResponse told) {
    this.told = told;
  }

  void print(PrintWriter out) {
    out.println(told.getReference() + " for " + told.getPlatform());
    out.println("manifest " + told.getManifestDigest());
    out.println("credentials: " + Table.printable(told.getCredentials()));
    out.println();
    out.println(summary());
    out.println();
    Table table = new Table("LAYER", "SIZE", "WOULD BE", "WHY");
    for (LayerPlan plan : told.getLayersList()) {
      String digest = plan.getDigest();
      table.row(
          digest.substring(0, Math.min(SHORT_DIGEST, digest.length())),
          ByteSize.text(plan.getBytes()),
          plan.getMode().name().toLowerCase(Locale.ROOT),
          plan.getReason()
              + (plan.getPrefetchArtifacts() > 0 ? "; spans are prefetched at mount" : ""));
    }
    table.print(out);
    out.println();
    out.println(bytes());
    if (told.getAdviceCount() > 0) {
      out.println();
      out.println("To make it lazier:");
      told.getAdviceList().forEach(text -> out.println("  - " + Table.printable(text)));
    }
  }

  private String summary() {
    return switch (told.getMode()) {
      case LAZY ->
          "It would start lazily: %s.%s"
              .formatted(
                  Table.printable(told.getReason()),
                  told.getIndex().getDigest().isEmpty()
                      ? ""
                      : " The index is %s (%s)."
                          .formatted(told.getIndex().getDigest(), told.getIndex().getSource()));
      case EAGER ->
          "thawd would fetch and unpack all of it before it starts: %s."
              .formatted(Table.printable(told.getReason()));
      case DEFERRED, MODE_UNSPECIFIED, UNRECOGNIZED ->
          "containerd would pull it as if thawd were not there: %s."
              .formatted(Table.printable(told.getReason()));
    };
  }

  private String bytes() {
    String before = ByteSize.text(told.getBytesBeforeStart());
    return told.getMode() == Mode.LAZY
        ? "%s have to come before a container can start, and what it reads; %s come while it runs."
            .formatted(before, ByteSize.text(told.getBytesBehind()))
        : before + " have to come before a container can start.";
  }
}
