package io.thaw.ztoc;

/// Bounds on what is accepted from a zTOC; all are checked before memory is taken.
///
/// @param maxFileBytes size of a zTOC file; flatbuffers cannot exceed 2 GiB
/// @param maxEntries number of TOC entries
/// @param maxSpans number of spans
/// @param maxStringBytes length of one name, link target or PAX value
/// @param maxPaxRecords number of PAX records of one entry
public record ZtocLimits(
    long maxFileBytes, int maxEntries, int maxSpans, int maxStringBytes, int maxPaxRecords) {

  /// The limits used unless others are given.
  public static final ZtocLimits DEFAULT =
      new ZtocLimits(Integer.MAX_VALUE, 8_000_000, 65_536, 1 << 20, 65_536);
}
