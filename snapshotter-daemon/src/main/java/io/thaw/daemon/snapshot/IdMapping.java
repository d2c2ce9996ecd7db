package io.thaw.daemon.snapshot;

import io.thaw.daemon.snapshot.SnapshotException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The ids of a container that has a user namespace, as containerd's labels tell them.
///
/// @param uidText the label's text, which is also the text of the mount option
/// @param gidText the same of groups
/// @param root the host's ids of the container's root
record IdMapping(String uidText, String gidText, List<Range> uids, List<Range> gids, Owner root) {
  /// The kernel takes this many lines in a `uid_map`.
  private static final int MAX_RANGES = 340;

  /// The id the kernel has for "none".
  private static final long INVALID_ID = 0xffff_ffffL;

  private static final Pattern RANGE = Pattern.compile("([0-9]{1,10}):([0-9]{1,10}):([0-9]{1,10})");

  IdMapping {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  /// `length` ids from `container` on are the host's from `host` on.
  record Range(long container, long host, long length) {
    boolean holdsOfHost(long id) {
      return id >= host && id < host + length;
    }

    boolean holdsOfContainer(long id) {
      return id >= container && id < container + length;
    }
  }

  /// The mapping that the labels name; empty without them.
  ///
  /// @throws SnapshotException INVALID_ARGUMENT if only one of the two is there, if one cannot be
  ///     read, or if the container's root is not mapped
  static Optional<IdMapping> of(Map<String, String> labels) throws SnapshotException {
    String uids = labels.getOrDefault(Labels.UID_MAPPING, "");
    String gids = labels.getOrDefault(Labels.GID_MAPPING, "");
    if (uids.isEmpty() && gids.isEmpty()) {
      return Optional.empty();
    }
    if (uids.isEmpty() || gids.isEmpty()) {
      throw new SnapshotException(
          Code.INVALID_ARGUMENT,
          "label %s is missing; ids of users and groups are mapped together or not at all"
              .formatted(uids.isEmpty() ? Labels.UID_MAPPING : Labels.GID_MAPPING));
    }
    List<Range> users = ranges(Labels.UID_MAPPING, uids);
    List<Range> groups = ranges(Labels.GID_MAPPING, gids);
    Owner root = new Owner(rootOf(Labels.UID_MAPPING, users), rootOf(Labels.GID_MAPPING, groups));
    return Optional.of(new IdMapping(uids, gids, users, groups, root));
  }

  /// Whether files below a root directory with this owner have the host's ids of the container
  /// already. They do when containerd made them a changed copy, which it does for snapshotters that
  /// do not say they can map ids; mapping them once more would give them to nobody.
  boolean isAppliedTo(Owner rootDirectory) {
    return rootDirectory.equals(root) || isHostOnly(uids, rootDirectory.uid());
  }

  private static boolean isHostOnly(List<Range> ranges, long id) {
    return ranges.stream().anyMatch(r -> r.holdsOfHost(id))
        && ranges.stream().noneMatch(r -> r.holdsOfContainer(id));
  }

  /// The options that make containerd mount the lower directories with mapped ids.
  List<String> mountOptions() {
    return List.of("uidmap=" + uidText, "gidmap=" + gidText);
  }

  private static List<Range> ranges(String label, String text) throws SnapshotException {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Range range = range(part);
      if (range == null || ranges.size() == MAX_RANGES) {
        throw new SnapshotException(
            Code.INVALID_ARGUMENT,
            "label %s: expected CONTAINER:HOST:LENGTH with ids below 2^32-1, %d at most, not \"%s\""
                .formatted(label, MAX_RANGES, part));
      }
      ranges.add(range);
    }
    return ranges;
  }

  private static @Nullable Range range(String text) {
    Matcher matcher = RANGE.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long container = Long.parseLong(matcher.group(1));
    long host = Long.parseLong(matcher.group(2));
    long length = Long.parseLong(matcher.group(3));
    boolean fits = length > 0 && container + length <= INVALID_ID && host + length <= INVALID_ID;
    return fits ? new Range(container, host, length) : null;
  }

  private static long rootOf(String label, List<Range> ranges) throws SnapshotException {
    for (Range range : ranges) {
      if (range.holdsOfContainer(0)) {
        return range.host();
      }
    }
    throw new SnapshotException(
        Code.INVALID_ARGUMENT, "label " + label + " does not map the container's root, id 0");
  }
}
