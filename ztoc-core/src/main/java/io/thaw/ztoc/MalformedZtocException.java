package io.thaw.ztoc;

import java.io.IOException;

/// A zTOC file breaks its format or a stated limit.
public final class MalformedZtocException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final long offset;

  /// Describes what was found where.
  ///
  /// @param field what was being read, for example `toc.metadata[17].name`
  /// @param offset position in the file at which the value stands
  /// @param reason what is wrong, with the value found
  public MalformedZtocException(String field, long offset, String reason) {
    super("Malformed zTOC: " + field + " at offset " + offset + ": " + reason);
    this.field = field;
    this.offset = offset;
  }

  /// What was being read, for example `toc.metadata[17].name`.
  public String field() {
    return field;
  }

  /// Position in the file at which the value stands.
  public long offset() {
    return offset;
  }
}
