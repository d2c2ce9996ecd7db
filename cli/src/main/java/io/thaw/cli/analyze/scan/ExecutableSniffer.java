package io.thaw.cli.analyze.scan;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Looks at files as they stream past and says which are ELF files or scripts.
///
/// Memory: what [ElfStream] keeps, which is reused from file to file.
final class ExecutableSniffer {
  /// The kernel looks no further for the end of a `#!` line (BINPRM_BUF_SIZE).
  private static final int HEAD_BYTES = 256;

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private final ElfStream elf = new ElfStream();
  private final byte[] head = new byte[HEAD_BYTES];
  private int headLength;
  private boolean decided;
  private boolean isElf;
  private long sizeBytes;

  void begin(long newSizeBytes) {
    headLength = 0;
    decided = false;
    isElf = false;
    sizeBytes = newSizeBytes;
  }

  void data(byte[] buffer, int offset, int length) {
    int from = offset;
    int end = offset + length;
    if (!decided) {
      int count = Math.min(HEAD_BYTES - headLength, length);
      System.arraycopy(buffer, from, head, headLength, count);
      headLength += count;
      from += count;
      if (headLength < Math.min(HEAD_BYTES, sizeBytes)) {
        return;
      }
      decided = true;
      isElf = headLength > ELF.length && Arrays.equals(head, 0, ELF.length, ELF, 0, ELF.length);
      if (isElf) {
        elf.begin();
        elf.data(head, 0, headLength);
      }
    }
    if (isElf && from < end) {
      elf.data(buffer, from, end - from);
    }
  }

  Optional<Executable> end() {
    if (isElf) {
      return Optional.of(elf.end());
    }
    if (headLength > 2 && head[0] == '#' && head[1] == '!') {
      int end = 2;
      while (end < headLength && head[end] != '\n') {
        end++;
      }
      String line = new String(head, 2, end - 2, StandardCharsets.UTF_8).strip();
      return line.isEmpty() ? Optional.empty() : Optional.of(new Executable.Script(line));
    }
    return Optional.empty();
  }
}
