package io.thaw.index;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocEntry;
import java.util.Arrays;

/// Tells layers apart whose readers need not look at extended attributes.
final class Xattrs {
  private static final String PREFIX = "SCHILY.xattr.";

  /// An opaque directory shows as an extended attribute once the layer is mounted.
  private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(US_ASCII);

  private Xattrs() {}

  /// Whether an entry of the layer has an extended attribute, or is one that becomes one. It is
  /// SOCI's rule to the letter (any name that ends like an opaque marker counts), because it
  /// decides about bytes of the index.
  static boolean mayMatter(Toc toc) {
    for (int set = 0; set < toc.paxSetCount(); set++) {
      for (PaxRecord record : toc.paxSetRecords(set)) {
        if (record.key().startsWith(PREFIX)) {
          return true;
        }
      }
    }
    for (int entry = 0; entry < toc.count(); entry++) {
      if (endsOpaque(toc, entry)) {
        return true;
      }
    }
    return false;
  }

  /// As above for one entry that is on its way into a zTOC.
  static boolean mayMatter(TocEntry entry) {
    for (PaxRecord record : entry.paxRecords()) {
      if (record.key().startsWith(PREFIX)) {
        return true;
      }
    }
    return endsOpaque(entry.name());
  }

  private static boolean endsOpaque(Toc toc, int entry) {
    return toc.nameLength(entry) >= OPAQUE.length && endsOpaque(toc.name(entry));
  }

  private static boolean endsOpaque(byte[] name) {
    int start = name.length - OPAQUE.length;
    return start >= 0 && Arrays.equals(name, start, name.length, OPAQUE, 0, OPAQUE.length);
  }
}
