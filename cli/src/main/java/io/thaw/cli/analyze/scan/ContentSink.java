package io.thaw.cli.analyze.scan;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hashes every file, keeps documents, and looks into executables if asked to.
final class ContentSink implements FileSink {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int MAX_OVERSIZED_NAMED = 16;

  private final MessageDigest sha256 = sha256();
  private final DocumentSpool spool;
  private final @Nullable ExecutableSniffer sniffer;
  private final Map<Integer, Document> documents = new HashMap<>();
  private final Map<Integer, Executable> executables = new HashMap<>();
  private final List<String> oversized = new ArrayList<>();
  private long[] hashes = new long[1024];
  private int entry;
  private boolean keeping;
  private long documentStart;

  ContentSink(DocumentSpool spool, boolean lookIntoExecutables) {
    this.spool = spool;
    this.sniffer = lookIntoExecutables ? new ExecutableSniffer() : null;
  }

  @Override
  public void begin(int newEntry, byte[] name, long sizeBytes) {
    entry = newEntry;
    int limit = DocumentRules.limit(name);
    keeping = limit > 0 && sizeBytes <= limit;
    if (limit > 0 && !keeping) {
      tooLarge(name, sizeBytes);
    }
    documentStart = spool.position();
    if (sniffer != null) {
      sniffer.begin(sizeBytes);
    }
  }

  @Override
  public void data(byte[] buffer, int offset, int length) throws IOException {
    sha256.update(buffer, offset, length);
    if (keeping && !spool.append(buffer, offset, length)) {
      keeping = false;
      spool.truncate(documentStart);
    }
    if (sniffer != null) {
      sniffer.data(buffer, offset, length);
    }
  }

  @Override
  public void end() {
    byte[] digest = sha256.digest();
    int at = Math.multiplyExact(entry, 2);
    if (at + 2 > hashes.length) {
      hashes = Arrays.copyOf(hashes, Math.max(at + 2, hashes.length + (hashes.length >> 1)));
    }
    hashes[at] = (long) LONG.get(digest, 0);
    hashes[at + 1] = (long) LONG.get(digest, 8);
    if (keeping) {
      documents.put(entry, spool.document(documentStart));
    }
    if (sniffer != null) {
      sniffer.end().ifPresent(found -> executables.put(entry, found));
    }
  }

  private void tooLarge(byte[] name, long sizeBytes) {
    if (oversized.size() < MAX_OVERSIZED_NAMED) {
      oversized.add(
          new String(name, java.nio.charset.StandardCharsets.UTF_8) + " (" + sizeBytes + " bytes)");
    }
  }

  /// The hashes of `count` entries.
  ContentHashes hashes(int count) {
    return new ContentHashes(Arrays.copyOf(hashes, Math.multiplyExact(count, 2)));
  }

  Map<Integer, Document> documents() {
    return documents;
  }

  Map<Integer, Executable> executables() {
    return executables;
  }

  /// Package databases that are too large to be read.
  List<String> oversized() {
    return oversized;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
