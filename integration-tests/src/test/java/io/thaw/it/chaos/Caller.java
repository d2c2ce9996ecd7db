package io.thaw.it.chaos;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.thaw.it.image.RemoteChain;
import io.thaw.it.node.SnapshotsClient;
import io.thaw.proto.containerd.snapshots.v1.Info;
import io.thaw.proto.containerd.snapshots.v1.Kind;
import io.thaw.proto.containerd.types.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// One caller and what it knows: of its own snapshots, everything. The layers of the image it
/// shares with the others, so of them it knows nothing for sure.
///
/// An operation says what it makes of the model. If it is refused, that has to be for a reason the
/// model knows; if the daemon dies under it, afterwards the daemon has to show either what was
/// before or what was to come.
final class Caller {
  private static final int MOST_SNAPSHOTS = 24;
  private static final Set<Code> CUT_OFF =
      Set.of(Code.UNAVAILABLE, Code.CANCELLED, Code.INTERNAL, Code.UNKNOWN);

  private final String name;
  private final MortalDaemon daemon;
  private final RemoteChain image;
  private final Random random;
  private final Map<String, Entry> known = new TreeMap<>();
  private int counter;

  Caller(String name, MortalDaemon daemon, RemoteChain image, long seed) {
    this.name = name;
    this.daemon = daemon;
    this.image = image;
    this.random = new Random(seed);
  }

  /// A call whose answer does not matter to the model, or is checked by itself.
  @FunctionalInterface
  private interface Call {
    void on(SnapshotsClient client) throws IOException;
  }

  /// What became of a call.
  ///
  /// @param code OK, or why it was refused
  /// @param cutOff whether the daemon died under it
  private record Answer(Code code, boolean cutOff) {}

  /// What the daemon has to have of this caller now.
  Map<String, Entry> known() {
    return Map.copyOf(known);
  }

  /// Does one operation to its end, through however many lives of the daemon.
  void step() throws IOException {
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> create(Kind.ACTIVE);
      case 5, 6 -> create(Kind.VIEW);
      case 7, 8, 9, 10 -> commit();
      case 11, 12, 13 -> remove();
      case 14 -> update();
      case 15 -> look();
      case 16, 17, 18 -> askForLayer();
      default -> removeLayerOrCleanUp();
    }
  }

  private void create(Kind kind) throws IOException {
    if (known.size() >= MOST_SNAPSHOTS) {
      remove();
      return;
    }
    String key = fresh(kind == Kind.VIEW ? "view" : "active");
    String parent = anyParent();
    Entry entry = new Entry(kind, parent, Map.of("by", name), "");
    boolean ours = parent.isEmpty() || known.containsKey(parent);
    Answer answer =
        change(
            Map.of(key, Optional.of(entry)),
            client -> {
              if (kind == Kind.VIEW) {
                client.view(key, parent, entry.labels());
              } else {
                client.prepare(key, parent, entry.labels());
              }
            });
    require(answer, "create", ours ? Set.of(Code.OK) : Set.of(Code.OK, Code.NOT_FOUND));
    if (kind == Kind.ACTIVE && known.containsKey(key)) {
      mark(key);
    }
  }

  /// Writes a file into an active snapshot's own directory, as a container would.
  private void mark(String key) throws IOException {
    String marker = key + random.nextInt();
    Answer answer =
        change(Map.of(), client -> Files.writeString(ownDirectory(client.mounts(key)), marker));
    require(answer, "mounts", Set.of(Code.OK));
    Entry entry = known.get(key);
    if (entry != null && !answer.cutOff()) {
      known.put(key, new Entry(entry.kind(), entry.parent(), entry.labels(), marker));
    }
  }

  private static Path ownDirectory(List<Mount> mounts) {
    Mount mount = mounts.getFirst();
    String upper = "upperdir=";
    return mount.getOptionsList().stream()
        .filter(option -> option.startsWith(upper))
        .map(option -> Path.of(option.substring(upper.length())))
        .findFirst()
        .orElseGet(() -> Path.of(mount.getSource()))
        .resolve("marker");
  }

  private void commit() throws IOException {
    Optional<String> key = any(Kind.ACTIVE);
    if (key.isEmpty()) {
      create(Kind.ACTIVE);
      return;
    }
    Entry active = known.get(key.get());
    String committed = fresh("committed");
    Map<String, String> labels = Map.of("by", name, "of", key.get());
    Entry entry = new Entry(Kind.COMMITTED, active.parent(), labels, active.marker());
    Answer answer =
        change(
            Map.of(key.get(), Optional.empty(), committed, Optional.of(entry)),
            client -> client.commit(committed, key.get(), "", labels));
    require(answer, "commit", Set.of(Code.OK));
  }

  private void remove() throws IOException {
    Optional<String> key = any(Kind.values());
    if (key.isEmpty()) {
      return;
    }
    boolean hasChildren = known.values().stream().anyMatch(e -> e.parent().equals(key.get()));
    Answer answer = change(Map.of(key.get(), Optional.empty()), client -> client.remove(key.get()));
    require(answer, "remove", Set.of(hasChildren ? Code.FAILED_PRECONDITION : Code.OK));
  }

  private void update() throws IOException {
    Optional<String> key = any(Kind.values());
    if (key.isEmpty()) {
      return;
    }
    Entry old = known.get(key.get());
    Map<String, String> labels = new HashMap<>(old.labels());
    labels.put("updated", fresh("value"));
    Entry entry = new Entry(old.kind(), old.parent(), labels, old.marker());
    Info wanted = Info.newBuilder().setName(key.get()).putAllLabels(labels).build();
    Answer answer =
        change(Map.of(key.get(), Optional.of(entry)), client -> client.update(wanted, "labels"));
    require(answer, "update", Set.of(Code.OK));
  }

  private void look() throws IOException {
    Optional<String> key = any(Kind.values());
    if (key.isEmpty()) {
      return;
    }
    Entry entry = known.get(key.get());
    Answer answer =
        change(
            Map.of(),
            client -> {
              if (!entry.matches(client.stat(key.get()))) {
                throw new AssertionError(key.get() + " is not " + entry);
              }
              client.usage(key.get());
            });
    require(answer, "stat", Set.of(Code.OK));
  }

  /// Asks as containerd does when it pulls; ALREADY_EXISTS means that the layer is there.
  private void askForLayer() throws IOException {
    int position = random.nextInt(image.names().size());
    String key = fresh("extract");
    String parent = image.parent(position);
    Map<String, String> labels = image.request(position);
    Entry left = new Entry(Kind.ACTIVE, parent, labels, "");
    Answer answer =
        change(Map.of(key, Optional.of(left)), client -> client.prepare(key, parent, labels));
    Set<Code> usual = Set.of(Code.OK, Code.ALREADY_EXISTS);
    Set<Code> onAParent = Set.of(Code.OK, Code.ALREADY_EXISTS, Code.NOT_FOUND);
    require(answer, "prepare with a target", position == 0 ? usual : onAParent);
  }

  private void removeLayerOrCleanUp() throws IOException {
    if (random.nextBoolean()) {
      Answer answer = change(Map.of(), SnapshotsClient::cleanup);
      require(answer, "cleanup", Set.of(Code.OK));
      return;
    }
    String layer = image.names().get(random.nextInt(image.names().size()));
    Answer answer = change(Map.of(), client -> client.remove(layer));
    require(answer, "remove of a layer", Set.of(Code.OK, Code.NOT_FOUND, Code.FAILED_PRECONDITION));
  }

  /// Calls once; the model becomes what `outcome` says, empty for a snapshot that is gone. If the
  /// daemon dies under the call, whether it happened is looked up.
  private Answer change(Map<String, Optional<Entry>> outcome, Call call) throws IOException {
    MortalDaemon.Life life = daemon.life();
    try {
      call.on(MortalDaemon.client(life));
      outcome.forEach(this::put);
      return new Answer(Code.OK, false);
    } catch (StatusRuntimeException e) {
      if (!CUT_OFF.contains(e.getStatus().getCode()) || !daemon.isOver(life)) {
        return new Answer(e.getStatus().getCode(), false);
      }
    }
    settle(outcome);
    return new Answer(Code.OK, true);
  }

  private void put(String key, Optional<Entry> entry) {
    entry.ifPresentOrElse(e -> known.put(key, e), () -> known.remove(key));
  }

  private void settle(Map<String, Optional<Entry>> outcome) throws IOException {
    if (outcome.isEmpty()) {
      return;
    }
    while (true) {
      MortalDaemon.Life life = daemon.life();
      try {
        SnapshotsClient client = MortalDaemon.client(life);
        Map<String, Optional<Info>> found = new HashMap<>();
        outcome.keySet().forEach(key -> found.put(key, stat(client, key)));
        if (agrees(outcome, found)) {
          outcome.forEach(this::put);
        } else if (!agrees(before(outcome.keySet()), found)) {
          throw new AssertionError(
              "%s: neither before %s nor after %s but %s"
                  .formatted(name, before(outcome.keySet()), outcome, found));
        }
        return;
      } catch (StatusRuntimeException e) {
        if (!CUT_OFF.contains(e.getStatus().getCode()) || !daemon.isOver(life)) {
          throw e;
        }
      }
    }
  }

  private Map<String, Optional<Entry>> before(Set<String> keys) {
    Map<String, Optional<Entry>> before = new HashMap<>();
    keys.forEach(key -> before.put(key, Optional.ofNullable(known.get(key))));
    return before;
  }

  private static boolean agrees(
      Map<String, Optional<Entry>> model, Map<String, Optional<Info>> found) {
    return model.entrySet().stream()
        .allMatch(
            wanted -> {
              Optional<Info> info = found.getOrDefault(wanted.getKey(), Optional.empty());
              return wanted.getValue().isPresent() == info.isPresent()
                  && (info.isEmpty() || wanted.getValue().orElseThrow().matches(info.get()));
            });
  }

  private static Optional<Info> stat(SnapshotsClient client, String key) {
    try {
      return Optional.of(client.stat(key));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void require(Answer answer, String what, Set<Code> expected) {
    if (!answer.cutOff() && !expected.contains(answer.code())) {
      throw new AssertionError(
          "%s: %s was answered with %s instead of %s; known is %s"
              .formatted(name, what, answer.code(), expected, known));
    }
  }

  private String anyParent() {
    int choice = random.nextInt(4);
    if (choice == 0) {
      return "";
    }
    if (choice == 1) {
      return image.names().get(random.nextInt(image.names().size()));
    }
    return any(Kind.COMMITTED).orElse("");
  }

  private Optional<String> any(Kind... kinds) {
    List<String> candidates =
        known.entrySet().stream()
            .filter(e -> List.of(kinds).contains(e.getValue().kind()))
            .map(Map.Entry::getKey)
            .toList();
    return candidates.isEmpty()
        ? Optional.empty()
        : Optional.of(candidates.get(random.nextInt(candidates.size())));
  }

  private String fresh(String what) {
    return name + "-" + what + "-" + counter++;
  }
}
