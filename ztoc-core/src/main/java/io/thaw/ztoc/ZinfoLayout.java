package io.thaw.ztoc;

/// Sizes of SOCI's gzip zinfo: a header, then one record per checkpoint, all little-endian.
///
/// Header: `i32 checkpointCount | i64 spanSize`. Record: `i64 in | i64 out | u8 bits | window`.
/// Version 2 has a record for every checkpoint; version 1 leaves out the first, which then stands
/// right behind a gzip header of ten bytes. Only the length tells them apart.
final class ZinfoLayout {
  static final int HEADER_BYTES = 12;
  static final int WINDOW_BYTES = 32768;

  /// In, out and bits.
  static final int RECORD_HEAD_BYTES = 17;

  static final int CHECKPOINT_BYTES = RECORD_HEAD_BYTES + WINDOW_BYTES;

  /// Where the first checkpoint of version 1 is.
  static final long FIRST_IN_OF_VERSION_1 = 10;

  private ZinfoLayout() {}
}
