package io.thaw.bench.start;

import io.thaw.bench.Shell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What has to be known of a machine to understand its figures.
final class Environment {
  private Environment() {}

  static Map<String, Object> facts(Path containerd) throws IOException {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("kernel", Shell.output("uname -sr").strip());
    facts.put("cores", Runtime.getRuntime().availableProcessors());
    facts.put("memoryBytes", memoryBytes());
    facts.put("loadAverageAtStart", load());
    facts.put("containerd", Shell.output("\"$1\" --version", containerd.toString()).strip());
    facts.put("runc", Shell.output("runc --version | head -n 1").strip());
    facts.put("registry", Shell.output("docker-registry --version").strip());
    facts.put("java", System.getProperty("java.vm.version"));
    facts.put("commit", Shell.output("git rev-parse --short HEAD 2>/dev/null || true").strip());
    return facts;
  }

  static String load() throws IOException {
    return Shell.output("cut -d' ' -f1-3 /proc/loadavg").strip();
  }

  private static long memoryBytes() throws IOException {
    String kilobytes = Shell.output("awk '/^MemTotal/ {print $2}' /proc/meminfo").strip();
    return Long.parseLong(kilobytes) * 1024;
  }
}
