package io.thaw.ztoc.tree;

import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A layer's TOC with its PAX records read as extended attributes.
///
/// Entries that share a set of records share its decoded attributes, so there is one list per
/// distinct set. Those in `trusted.` are left out, as containerd does: overlayfs takes its orders
/// from them (where a directory's other half is, which file has the data), and a layer has none to
/// give.
final class LayerEntries {

  /// Where GNU tar, bsdtar, Go and containerd keep extended attributes.
  private static final byte[] XATTR_KEY = "SCHILY.xattr.".getBytes(StandardCharsets.US_ASCII);

  private static final byte[] TRUSTED_KEY =
      "SCHILY.xattr.trusted.".getBytes(StandardCharsets.US_ASCII);

  private final Toc toc;
  private final List<List<Xattr>> xattrsOfSet;

  /// One extended attribute; its arrays are shared, not copied.
  static final class Xattr {
    final byte[] name;
    final byte[] value;

    Xattr(byte[] name, byte[] value) {
      this.name = name;
      this.value = value;
    }
  }

  LayerEntries(Toc toc) {
    this.toc = toc;
    this.xattrsOfSet = new ArrayList<>(toc.paxSetCount());
    for (int set = 0; set < toc.paxSetCount(); set++) {
      xattrsOfSet.add(xattrs(toc.paxSetRecords(set)));
    }
  }

  Toc toc() {
    return toc;
  }

  int count() {
    return toc.count();
  }

  byte[] name(int entry) {
    return toc.name(entry);
  }

  EntryType type(int entry) {
    return toc.type(entry);
  }

  byte[] linkName(int entry) {
    return toc.linkName(entry);
  }

  long dataOffset(int entry) {
    return toc.dataOffset(entry);
  }

  long sizeBytes(int entry) {
    return toc.sizeBytes(entry);
  }

  List<Xattr> xattrs(int entry) {
    int set = toc.paxSet(entry);
    return set < 0 ? List.of() : xattrsOfSet.get(set);
  }

  boolean hasXattrs(int entry) {
    return !xattrs(entry).isEmpty();
  }

  byte @Nullable [] xattr(int entry, byte[] name) {
    for (Xattr xattr : xattrs(entry)) {
      if (Arrays.equals(xattr.name, name)) {
        return xattr.value;
      }
    }
    return null;
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static List<Xattr> xattrs(List<PaxRecord> records) {
    List<Xattr> found = new ArrayList<>();
    for (PaxRecord pax : records) {
      byte[] key = pax.keyBytes();
      if (key.length > XATTR_KEY.length
          && startsWith(key, XATTR_KEY)
          && !startsWith(key, TRUSTED_KEY)) {
        found.add(new Xattr(Arrays.copyOfRange(key, XATTR_KEY.length, key.length), pax.value()));
      }
    }
    return List.copyOf(found);
  }
}
