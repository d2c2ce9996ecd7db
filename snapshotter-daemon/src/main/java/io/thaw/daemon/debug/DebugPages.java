package io.thaw.daemon.debug;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.RuntimeMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import javax.management.JMException;
import javax.management.ObjectName;

/// The pages below `/debug/`. Safe for many threads. Nothing here shows the content of objects, so
/// no page holds a secret.
final class DebugPages {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Duration USUAL_RECORDING = Duration.ofMinutes(5);
  private static final String HELP =
      """
      GET  /debug/threads           all threads, virtual ones too
      GET  /debug/heap              classes by the memory of their instances
      GET  /debug/flags             flags of the JVM
      GET  /debug/vm                versions, memory, uptime
      POST /debug/jfr/start         begins a flight recording [?seconds=300] [&settings=default|profile]
      GET  /debug/jfr               whether one runs
      POST /debug/jfr/stop          ends it; the answer is the recording
      """;

  private final Recordings recordings;

  /// What a request is answered with.
  ///
  /// @param status of HTTP
  @SuppressWarnings("ArrayRecordComponent") // sent once, never compared
  record Page(int status, String type, byte[] body) {
    static Page text(int status, String text) {
      return new Page(status, TEXT, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  DebugPages(Recordings recordings) {
    this.recordings = recordings;
  }

  /// The page of a request.
  ///
  /// @param parameters of the query, decoded; the first of each name
  Page answer(String method, String path, Map<String, String> parameters) throws IOException {
    return switch (method + " " + path) {
      case "GET /debug", "GET /debug/" -> Page.text(200, HELP);
      case "GET /debug/threads" -> new Page(200, TEXT, threads());
      case "GET /debug/heap" -> Page.text(200, command("gcClassHistogram"));
      case "GET /debug/flags" -> Page.text(200, command("vmFlags"));
      case "GET /debug/vm" -> Page.text(200, vm());
      case "GET /debug/jfr" -> Page.text(200, recordings.state() + "\n");
      case "POST /debug/jfr/start" -> start(parameters);
      case "POST /debug/jfr/stop" -> new Page(200, "application/octet-stream", recordings.stop());
      default -> Page.text(404, "There is no " + method + " " + path + ".\n\n" + HELP);
    };
  }

  private Page start(Map<String, String> parameters) throws IOException {
    String seconds = parameters.getOrDefault("seconds", "");
    if (!seconds.matches("[0-9]{0,9}")) {
      return Page.text(400, "seconds is \"" + seconds + "\", not a number\n");
    }
    Duration time =
        seconds.isEmpty() ? USUAL_RECORDING : Duration.ofSeconds(Long.parseLong(seconds));
    String settings = parameters.getOrDefault("settings", "default");
    return Page.text(200, recordings.start(time, settings) + "\n");
  }

  private static byte[] threads() throws IOException {
    Path directory =
        Files.createTempDirectory(
            "thaw-threads",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = directory.resolve("threads.txt");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
      return Files.readAllBytes(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static String vm() {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    return "java       %s %s%nuptime     %s%nheap       %s%nother      %s%n"
        .formatted(
            runtime.getVmName(),
            runtime.getVmVersion(),
            Duration.ofMillis(runtime.getUptime()),
            memory.getHeapMemoryUsage(),
            memory.getNonHeapMemoryUsage());
  }

  /// What `jcmd` would print.
  private static String command(String operation) throws IOException {
    try {
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      return ManagementFactory.getPlatformMBeanServer()
          .invoke(
              commands,
              operation,
              new Object[] {new String[0]},
              new String[] {String[].class.getName()})
          .toString();
    } catch (JMException e) {
      throw new IOException("this JVM cannot tell " + operation, e);
    }
  }
}
