package io.thaw.ztoc.tar;

import java.io.IOException;
import java.util.Arrays;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Reads the headers of a tar that is fed to it piece by piece, and skips all data.
///
/// Understands v7, ustar, star, GNU (long names, binary numbers) and PAX headers, and sees entries
/// as Go's archive/tar does, which is what SOCI records. Global PAX headers are skipped: container
/// runtimes ignore them, too. GNU sparse files and entry types that a zTOC cannot name are errors.
///
/// Memory is bounded by the largest extended header allowed, 1 MiB. Not safe for use by more than
/// one thread.
public final class TarParser {
  /// The longest PAX header, long name or long link accepted; Go has the same bound.
  public static final int MAX_EXTENSION_BYTES = 1 << 20;

  private enum State {
    HEADER,
    EXTENSION,
    DATA,
    PADDING,
    ENDED
  }

  private final TarListener listener;
  private final HeaderBlock block = new HeaderBlock();
  private final EntryAssembler assembler = new EntryAssembler();
  private State state = State.HEADER;
  private long position;

  /// Bytes of the current block, extension, data or padding that are still to come.
  private long remaining = HeaderBlock.BYTES;

  private boolean sawZeroBlock;
  private byte extensionFlag;
  private byte[] extension = new byte[1024];
  private int extensionLength;
  private int paddingAfter;

  public TarParser(TarListener listener) {
    this.listener = listener;
  }

  /// Takes the next bytes of the tar. What follows the end marker is ignored.
  public void accept(byte[] buffer, int offset, int length) throws IOException {
    int from = offset;
    int end = offset + length;
    while (from < end && state != State.ENDED) {
      int count = (int) Math.min(remaining, end - from);
      switch (state) {
        case HEADER ->
            System.arraycopy(
                buffer, from, block.bytes, (int) (HeaderBlock.BYTES - remaining), count);
        case EXTENSION -> appendExtension(buffer, from, count);
        case DATA, PADDING, ENDED -> {}
      }
      from += count;
      position += count;
      remaining -= count;
      if (remaining == 0) {
        advance();
      }
    }
  }

  /// Says that the tar has no more bytes.
  ///
  /// @throws MalformedTarException if an entry is incomplete
  public void finish() throws MalformedTarException {
    boolean partOfHeader = state == State.HEADER && remaining != HeaderBlock.BYTES;
    if (partOfHeader || state == State.DATA || state == State.EXTENSION) {
      throw new MalformedTarException(
          position, "the tar ends " + remaining + " bytes before the end of an entry");
    }
    state = State.ENDED;
  }

  /// The size of the tar up to and including its end marker.
  public long archiveSizeBytes() {
    return position;
  }

  private void advance() throws IOException {
    switch (state) {
      case HEADER -> header();
      case EXTENSION -> {
        endExtension();
        afterData();
      }
      case DATA -> afterData();
      case PADDING -> startHeader();
      case ENDED -> {}
    }
  }

  private void startHeader() {
    state = State.HEADER;
    remaining = HeaderBlock.BYTES;
  }

  private void afterData() {
    if (paddingAfter == 0) {
      startHeader();
    } else {
      state = State.PADDING;
      remaining = paddingAfter;
    }
  }

  private void header() throws IOException {
    long headerOffset = position - HeaderBlock.BYTES;
    if (block.isZero()) {
      if (sawZeroBlock) {
        state = State.ENDED;
      } else {
        sawZeroBlock = true;
        startHeader();
      }
      return;
    }
    if (sawZeroBlock) {
      throw new MalformedTarException(headerOffset, "data follow a block of zeros");
    }
    TarEntry entry = assembler.readHeader(block, headerOffset);
    switch (entry.typeFlag) {
      case 'x', 'L', 'K' -> startExtension(entry, headerOffset);
      case 'g' -> skip(entry.sizeBytes, headerOffset);
      default -> {
        assembler.applyExtensions(headerOffset);
        entry.dataOffset = position;
        listener.entry(entry);
        skip(entry.typeFlag == '0' ? entry.sizeBytes : 0, headerOffset);
      }
    }
  }

  private void skip(long size, long headerOffset) throws MalformedTarException {
    if (size < 0 || size > Long.MAX_VALUE - position - HeaderBlock.BYTES) {
      throw new MalformedTarException(headerOffset, "an entry has size " + size);
    }
    paddingAfter = (int) (-size & (HeaderBlock.BYTES - 1));
    if (size == 0) {
      startHeader();
    } else {
      state = State.DATA;
      remaining = size;
    }
  }

  private void startExtension(TarEntry entry, long headerOffset) throws IOException {
    if (entry.sizeBytes > MAX_EXTENSION_BYTES) {
      throw new MalformedTarException(
          headerOffset,
          "an extended header has " + entry.sizeBytes + " bytes, more than " + MAX_EXTENSION_BYTES);
    }
    skip(entry.sizeBytes, headerOffset);
    extensionFlag = entry.typeFlag;
    extensionLength = 0;
    if (entry.sizeBytes == 0) {
      endExtension();
    } else {
      state = State.EXTENSION;
    }
  }

  private void appendExtension(byte[] buffer, int offset, int count) {
    if (extensionLength + count > extension.length) {
      extension = Arrays.copyOf(extension, Math.max(extensionLength + count, extension.length * 2));
    }
    System.arraycopy(buffer, offset, extension, extensionLength, count);
    extensionLength += count;
  }

  private void endExtension() throws MalformedTarException {
    switch (extensionFlag) {
      case 'x' ->
          assembler.setPaxRecords(
              PaxHeader.parse(extension, extensionLength, position - extensionLength));
      case 'L' -> assembler.setLongName(HeaderBlock.untilNul(extension, 0, extensionLength));
      default -> assembler.setLongLink(HeaderBlock.untilNul(extension, 0, extensionLength));
    }
  }

  /// Merges the headers that precede an entry with its own.
  private static final class EntryAssembler {
    private final TarEntry entry = new TarEntry();
    private @Nullable SortedMap<byte[], byte[]> paxRecords;
    private byte @Nullable [] longName;
    private byte @Nullable [] longLink;

    TarEntry readHeader(HeaderBlock block, long headerOffset) throws MalformedTarException {
      HeaderFields.read(block, headerOffset, entry);
      return entry;
    }

    void setPaxRecords(SortedMap<byte[], byte[]> records) {
      paxRecords = records;
    }

    void setLongName(byte[] name) {
      longName = name;
    }

    void setLongLink(byte[] name) {
      longLink = name;
    }

    void applyExtensions(long headerOffset) throws MalformedTarException {
      if (paxRecords != null) {
        PaxFields.merge(paxRecords, entry, headerOffset);
      }
      if (longName != null && longName.length > 0) {
        entry.name = longName;
      }
      if (longLink != null && longLink.length > 0) {
        entry.linkName = longLink;
      }
      paxRecords = null;
      longName = null;
      longLink = null;
      if (entry.typeFlag == 0) {
        boolean directory = entry.name.length > 0 && entry.name[entry.name.length - 1] == '/';
        entry.typeFlag = (byte) (directory ? '5' : '0');
      }
      if (entry.typeFlag < '0' || entry.typeFlag > '6') {
        throw new MalformedTarException(
            headerOffset,
            String.format(
                "entry type 0x%02x cannot be described by a zTOC (GNU sparse is 0x53)",
                entry.typeFlag & 0xff));
      }
    }
  }
}
