package io.thaw.ztoc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// An open zTOC file.
///
/// The file list and the span table are in memory; checkpoint windows (32 KiB each) stay in the
/// file and are read when asked for. Safe for use by many threads until closed. The file must not
/// change while it is open; whoever opens it has verified its digest.
public final class Ztoc implements AutoCloseable {

  /// Length of a checkpoint's window.
  public static final int WINDOW_BYTES = ZinfoLayout.WINDOW_BYTES;

  private static final int PARSING_PAGE = 64 << 10;
  private static final int LOOKUP_PAGE = 4 << 10;
  private static final int MAX_VERSION_BYTES = 64;

  private final PositionalFile file;
  private final long fileSize;
  private final ZtocLimits limits;
  private final String buildTool;
  private final long metadataVector;
  private final Toc toc;
  private final SpanTableReader.Result info;

  private Ztoc(PositionalFile file, ZtocLimits limits) throws IOException {
    this.file = file;
    this.limits = limits;
    this.fileSize = file.sizeBytes();
    FlatReader in = new FlatReader(file, fileSize, PARSING_PAGE);
    in.field("file");
    if (fileSize > limits.maxFileBytes()) {
      throw in.malformed(0, fileSize + " bytes, more than " + limits.maxFileBytes());
    }
    in.field("root");
    FlatTable root = new FlatTable(in).at(in.target(0));
    in.field("version");
    checkVersion(in, root);
    in.field("build_tool_identifier");
    byte[] tool = root.string(ZtocSlots.Root.BUILD_TOOL, limits.maxStringBytes());
    this.buildTool = new String(tool, StandardCharsets.UTF_8);
    in.field("compressed_archive_size");
    long compressedSize = size(in, root, ZtocSlots.Root.COMPRESSED_SIZE);
    in.field("uncompressed_archive_size");
    long uncompressedSize = size(in, root, ZtocSlots.Root.UNCOMPRESSED_SIZE);
    in.field("toc");
    long tocTable = root.requiredReference(ZtocSlots.Root.TOC);
    in.field("compression_info");
    long infoTable = root.requiredReference(ZtocSlots.Root.COMPRESSION_INFO);
    this.info = new SpanTableReader(in, limits, compressedSize, uncompressedSize).read(infoTable);
    this.metadataVector = TocReader.metadataVector(in, tocTable);
    this.toc = new TocReader(in, limits).read(metadataVector, uncompressedSize);
  }

  private static void checkVersion(FlatReader in, FlatTable root) throws IOException {
    byte[] bytes = root.string(ZtocSlots.Root.VERSION, MAX_VERSION_BYTES);
    String version = new String(bytes, StandardCharsets.UTF_8);
    if (!version.equals(ZtocSlots.VERSION)) {
      throw in.malformed(
          root.position(),
          "version \"" + version + "\" is not supported, only " + ZtocSlots.VERSION);
    }
  }

  private static long size(FlatReader in, FlatTable root, int slot) throws IOException {
    long size = root.int64(slot);
    if (size < 0) {
      throw in.malformed(root.position(), size + " is negative");
    }
    return size;
  }

  /// Opens a zTOC with [ZtocLimits#DEFAULT].
  ///
  /// @throws MalformedZtocException if the file breaks the format or a limit
  public static Ztoc open(Path file) throws IOException {
    return open(file, ZtocLimits.DEFAULT);
  }

  /// Opens a zTOC.
  ///
  /// @throws MalformedZtocException if the file breaks the format or a limit
  public static Ztoc open(Path file, ZtocLimits limits) throws IOException {
    PositionalFile opened = new PositionalFile(file);
    try {
      return new Ztoc(opened, limits);
    } catch (Throwable e) {
      opened.close();
      throw e;
    }
  }

  /// The format version written in the file.
  public String version() {
    return ZtocSlots.VERSION;
  }

  /// The tool that says it built the zTOC.
  public String buildTool() {
    return buildTool;
  }

  /// How the layer is stored.
  public Compression compression() {
    return info.compression();
  }

  /// The span size the zTOC was built with, in uncompressed bytes.
  public long spanSizeBytes() {
    return info.spanSize();
  }

  /// Size of the layer as stored.
  public long compressedSizeBytes() {
    return spans().compressedSizeBytes();
  }

  /// Size of the tar, up to and including its end marker.
  public long uncompressedSizeBytes() {
    return spans().uncompressedSizeBytes();
  }

  public Toc toc() {
    return toc;
  }

  public SpanTable spans() {
    return info.spans();
  }

  /// Reads the 32 KiB of tar bytes that precede `span` into `dst` at `offset`; zeros stand for
  /// bytes before the tar's start.
  ///
  /// @throws IllegalStateException if the layer is not gzip and so has no windows
  public void readWindow(int span, byte[] dst, int offset) throws IOException {
    Objects.checkIndex(span, spans().count());
    if (info.compression() != Compression.GZIP) {
      throw new IllegalStateException("only a gzip layer has windows");
    }
    long position = info.firstWindow() + (long) span * ZinfoLayout.CHECKPOINT_BYTES;
    if (spans().uncompressedStart(span) == 0) {
      Arrays.fill(dst, offset, offset + WINDOW_BYTES, (byte) 0);
      return;
    }
    int count = file.read(position, ByteBuffer.wrap(dst, offset, WINDOW_BYTES));
    if (count < WINDOW_BYTES) {
      throw new MalformedZtocException(
          "compression_info.checkpoints[" + span + "].window",
          position + count,
          "the file ends here; it was " + fileSize + " bytes when it was opened");
    }
  }

  /// Every PAX record of an entry as the tar had it, read from the file.
  public List<PaxRecord> allPaxRecords(int entry) throws IOException {
    Objects.checkIndex(entry, toc.count());
    FlatReader in = new FlatReader(file, fileSize, LOOKUP_PAGE);
    return new TocReader(in, limits).paxRecordsOf(metadataVector, entry);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
