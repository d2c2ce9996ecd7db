package io.thaw.ztoc;

/// Slot numbers of the tables in a zTOC flatbuffer, and how many slots each has.
final class ZtocSlots {
  static final String VERSION = "0.9";

  private ZtocSlots() {}

  static final class Root {
    static final int VERSION = 0;
    static final int BUILD_TOOL = 1;
    static final int COMPRESSED_SIZE = 2;
    static final int UNCOMPRESSED_SIZE = 3;
    static final int TOC = 4;
    static final int COMPRESSION_INFO = 5;
    static final int COUNT = 6;

    private Root() {}
  }

  static final class FileEntry {
    static final int NAME = 0;
    static final int TYPE = 1;
    static final int OFFSET = 2;
    static final int SIZE = 3;
    static final int LINK_NAME = 4;
    static final int MODE = 5;
    static final int UID = 6;
    static final int GID = 7;
    static final int USER_NAME = 8;
    static final int GROUP_NAME = 9;
    static final int MTIME = 10;
    static final int DEVICE_MAJOR = 11;
    static final int DEVICE_MINOR = 12;
    static final int PAX_RECORDS = 13;
    static final int COUNT = 14;

    private FileEntry() {}
  }

  static final class ZInfo {
    static final int ALGORITHM = 0;
    static final int MAX_SPAN = 1;
    static final int SPAN_DIGESTS = 2;
    static final int CHECKPOINTS = 3;
    static final int COUNT = 4;

    private ZInfo() {}
  }

  /// The checkpoints of an uncompressed tar: a flatbuffer of its own.
  static final class TarInfo {
    static final int VERSION = 0;
    static final int SPAN_SIZE = 1;
    static final int SIZE = 2;
    static final int COUNT = 3;
    static final int CURRENT_VERSION = 2;

    private TarInfo() {}
  }
}
