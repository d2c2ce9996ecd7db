package io.thaw.daemon.debug;

import java.io.IOException;
import java.io.InputStream;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.jspecify.annotations.Nullable;

/// The flight recorder, one recording at a time. It ends by itself, and holds the newest {@link
/// #MAX_BYTES} of what it saw. Safe for many threads.
final class Recordings implements AutoCloseable {
  static final long MAX_BYTES = 64L << 20;
  static final Duration LONGEST = Duration.ofHours(1);

  /// The two that come with every JDK.
  private static final List<String> SETTINGS = List.of("default", "profile");

  /// Events that hold the environment and command lines of this and other processes, in which there
  /// may be logins of proxies and the like.
  private static final List<String> TELLING =
      List.of("jdk.InitialEnvironmentVariable", "jdk.InitialSystemProperty", "jdk.SystemProcess");

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Recording recording;

  /// Begins one in place of what may be there.
  ///
  /// @return what was begun, as a sentence
  /// @throws IllegalArgumentException if the time or the settings are none
  String start(Duration time, String settings) throws IOException {
    if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("seconds is not in 1.." + LONGEST.toSeconds());
    }
    if (!SETTINGS.contains(settings)) {
      throw new IllegalArgumentException("settings is none of " + SETTINGS);
    }
    lock.lock();
    try {
      discard();
      Recording next = new Recording(Configuration.getConfiguration(settings));
      next.setName("thawd");
      TELLING.forEach(next::disable);
      next.setMaxSize(MAX_BYTES);
      next.setDuration(time);
      next.start();
      recording = next;
      return "Recording for " + time.toSeconds() + " s; POST /debug/jfr/stop fetches it.";
    } catch (ParseException e) {
      throw new IOException("this JDK's settings " + settings + " cannot be read", e);
    } finally {
      lock.unlock();
    }
  }

  /// Ends the recording and hands it over.
  ///
  /// @throws IllegalStateException if there is none
  byte[] stop() throws IOException {
    lock.lock();
    try {
      Recording ended = recording;
      if (ended == null) {
        throw new IllegalStateException("nothing is recorded; POST /debug/jfr/start begins");
      }
      // The last events are written only now; one whose time is up has done so itself.
      if (ended.getState() == RecordingState.RUNNING) {
        ended.stop();
      }
      // Without bounds the stream is of everything recorded; null if that is nothing.
      try (InputStream bytes = ended.getStream(null, null)) {
        return bytes == null ? new byte[0] : bytes.readAllBytes();
      } finally {
        discard();
      }
    } finally {
      lock.unlock();
    }
  }

  String state() {
    lock.lock();
    try {
      Recording now = recording;
      return now == null
          ? "Nothing is recorded."
          : "Recording: "
              + now.getState()
              + ", begun at "
              + now.getStartTime()
              + ", "
              + now.getSize()
              + " bytes on disk.";
    } finally {
      lock.unlock();
    }
  }

  private void discard() {
    Recording old = recording;
    recording = null;
    if (old != null) {
      old.close();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      discard();
    } finally {
      lock.unlock();
    }
  }
}
