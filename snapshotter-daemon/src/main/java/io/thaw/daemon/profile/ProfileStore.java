package io.thaw.daemon.profile;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.thaw.daemon.layer.DurableFiles;
import io.thaw.daemon.profile.StoredProfile.Origin;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfileJson;
import io.thaw.registry.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The profiles of this node, a file for each image.
///
/// A file is one line with kind, version, origin and the SHA-256 of what follows, and then JSON. It
/// is replaced as a whole, and one that is damaged is as good as none. Safe for use by many
/// threads.
public final class ProfileStore {
  private static final Logger LOG = LoggerFactory.getLogger(ProfileStore.class);
  private static final String KIND = "thaw-start-profile";
  private static final String VERSION = "1";
  private static final String WAITING = "awaits-image";
  private static final String PULLED = "pulled";
  private static final String SUFFIX = ".profile";
  private static final int MAX_HEAD_BYTES = 256;

  private final Path directory;
  private final int mostImages;
  private final ReentrantLock lock = new ReentrantLock();

  private ProfileStore(Path directory, int mostImages) {
    this.directory = directory;
    this.mostImages = mostImages;
  }

  /// Opens the store, and removes what a crash left half-written.
  ///
  /// @param directory created if absent; only the daemon may look into it
  public static ProfileStore open(Path directory, int mostImages) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, "*.tmp")) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
    return new ProfileStore(directory, mostImages);
  }

  /// The profile of an image; empty if there is none or it cannot be used, which is logged.
  public Optional<StoredProfile> find(Digest manifest) {
    Path file = file(manifest);
    return Files.exists(file) ? readLogged(file) : Optional.empty();
  }

  /// All profiles, in no order.
  public List<StoredProfile> list() throws IOException {
    List<StoredProfile> profiles = new ArrayList<>();
    for (Path file : files()) {
      readLogged(file).ifPresent(profiles::add);
    }
    return profiles;
  }

  /// Adds a recording to what is known of its image.
  ///
  /// @return what is known now
  public StoredProfile record(StartProfile recording) throws IOException {
    lock.lock();
    try {
      Optional<StoredProfile> before = find(recording.manifest());
      StartProfile merged =
          before.isPresent() ? before.get().profile().mergedWith(recording) : recording;
      Origin origin = before.map(StoredProfile::origin).orElse(Origin.RECORDED);
      StoredProfile now = new StoredProfile(merged, origin, false);
      write(now);
      return now;
    } finally {
      lock.unlock();
    }
  }

  /// Keeps a profile in place of what is known of its image, which need not be here yet.
  public void importProfile(StartProfile profile) throws IOException {
    lock.lock();
    try {
      write(new StoredProfile(profile, Origin.IMPORTED, true));
    } finally {
      lock.unlock();
    }
  }

  /// Forgets the profile of an image.
  ///
  /// @return whether there was one
  public boolean remove(Digest manifest) throws IOException {
    lock.lock();
    try {
      return Files.deleteIfExists(file(manifest));
    } finally {
      lock.unlock();
    }
  }

  /// Forgets profiles whose images have gone. One that waits for its image stays until that has
  /// come and gone.
  ///
  /// @param isHere whether the profile's image is on this node
  /// @return how many went
  public int retain(Predicate<StartProfile> isHere) throws IOException {
    lock.lock();
    try {
      int gone = 0;
      for (StoredProfile stored : list()) {
        boolean here = isHere.test(stored.profile());
        if (here && stored.awaitsImage()) {
          write(new StoredProfile(stored.profile(), stored.origin(), false));
        } else if (!here && !stored.awaitsImage()) {
          gone += Files.deleteIfExists(file(stored.profile().manifest())) ? 1 : 0;
        }
      }
      return gone;
    } finally {
      lock.unlock();
    }
  }

  private Path file(Digest manifest) {
    return directory.resolve(manifest.algorithm() + "-" + manifest.hex() + SUFFIX);
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      found.forEach(files::add);
    }
    return files;
  }

  private void write(StoredProfile stored) throws IOException {
    byte[] json = StartProfileJson.write(stored.profile());
    String head =
        String.join(
            " ",
            KIND,
            VERSION,
            stored.origin().name().toLowerCase(Locale.ROOT),
            stored.awaitsImage() ? WAITING : PULLED,
            Digest.sha256(json) + "\n");
    byte[] first = head.getBytes(US_ASCII);
    byte[] content = Arrays.copyOf(first, first.length + json.length);
    System.arraycopy(json, 0, content, first.length, json.length);
    DurableFiles.replace(file(stored.profile().manifest()), content);
    makeRoom();
  }

  private void makeRoom() throws IOException {
    record Dated(Path file, FileTime changed) {}
    List<Dated> dated = new ArrayList<>();
    for (Path file : files()) {
      dated.add(new Dated(file, Files.getLastModifiedTime(file)));
    }
    dated.sort(Comparator.comparing(Dated::changed));
    for (int i = 0; i < dated.size() - mostImages; i++) {
      Files.deleteIfExists(dated.get(i).file);
      LOG.atInfo()
          .addKeyValue("file", dated.get(i).file.toString())
          .addKeyValue("limit", mostImages)
          .log("forgot the start profile that was changed longest ago");
    }
  }

  private static Optional<StoredProfile> readLogged(Path file) {
    try {
      return Optional.of(read(file));
    } catch (IOException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("file", file.toString())
          .addKeyValue("reason", e.getMessage())
          .log("a start profile cannot be used and is left out; the next start is recorded anew");
      return Optional.empty();
    }
  }

  private static StoredProfile read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > StartProfileJson.MAX_BYTES + MAX_HEAD_BYTES) {
      throw new IOException("it has %d bytes, more than any profile".formatted(size));
    }
    byte[] content = Files.readAllBytes(file);
    int end = 0;
    while (end < content.length && content[end] != '\n' && end < MAX_HEAD_BYTES) {
      end++;
    }
    String[] head = new String(content, 0, end, US_ASCII).split(" ", -1);
    if (head.length != 5 || !head[0].equals(KIND)) {
      throw new IOException("it does not begin as a profile does");
    }
    if (!head[1].equals(VERSION)) {
      throw new IOException("it has version %s; this daemon knows 1".formatted(head[1]));
    }
    byte[] json = Arrays.copyOfRange(content, Math.min(end + 1, content.length), content.length);
    if (!Digest.sha256(json).toString().equals(head[4])) {
      throw new IOException("its content does not have the recorded checksum");
    }
    StartProfile profile = StartProfileJson.read(json);
    String name = String.valueOf(file.getFileName());
    if (!name.equals(profile.manifest().algorithm() + "-" + profile.manifest().hex() + SUFFIX)) {
      throw new IOException("it is the profile of another image, " + profile.manifest());
    }
    return new StoredProfile(
        profile, Origin.valueOf(head[2].toUpperCase(Locale.ROOT)), head[3].equals(WAITING));
  }
}
