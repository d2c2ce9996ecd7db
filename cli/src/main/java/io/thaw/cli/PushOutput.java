package io.thaw.cli;

import io.thaw.cli.options.ByteSize;
import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.WriteReport;

/// Prints what pushing did.
final class PushOutput {
  private PushOutput() {}

  static String text(WriteReport report) {
    return report.image().digest()
        + ": "
        + report.writtenBlobs()
        + " blobs sent ("
        + ByteSize.text(report.writtenBytes())
        + "), "
        + report.presentBlobs()
        + " were there ("
        + ByteSize.text(report.presentBytes())
        + "), "
        + report.manifests()
        + (report.manifests() == 1 ? " manifest" : " manifests");
  }

  static String json(WriteReport report) {
    return fields(new GoJson().open(), "image", report).close().toString();
  }

  /// Adds the report's fields to an open object.
  static GoJson fields(GoJson json, String digestName, WriteReport report) {
    return json.string(digestName, report.image().digest().toString())
        .number("manifests", report.manifests())
        .number("pushedBlobs", report.writtenBlobs())
        .number("pushedBytes", report.writtenBytes())
        .number("presentBlobs", report.presentBlobs())
        .number("presentBytes", report.presentBytes());
  }
}
