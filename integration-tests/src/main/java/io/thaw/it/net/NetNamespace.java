package io.thaw.it.net;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A network namespace with a loopback of its own. Its name has this process's id in it, so that
/// one that a killed process left behind can be told and is removed by the next.
public final class NetNamespace implements AutoCloseable {
  private static final Pattern OURS = Pattern.compile("^thaw-(\\d+)-\\d+\\b");
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;

  private NetNamespace(String name) {
    this.name = name;
  }

  /// Makes a namespace; needs root.
  public static NetNamespace create() throws IOException {
    removeStale();
    String name = "thaw-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    Commands.run("ip", "netns", "add", name);
    NetNamespace namespace = new NetNamespace(name);
    try {
      namespace.ip("link", "set", "lo", "up");
    } catch (IOException e) {
      namespace.close();
      throw e;
    }
    return namespace;
  }

  String name() {
    return name;
  }

  /// What is put before a command so that it runs in here. Only the network is another: what it
  /// mounts is seen by everybody.
  public List<String> enter() {
    return List.of("nsenter", "--net=/run/netns/" + name);
  }

  /// Runs `ip` in here.
  String ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "-n", name));
    command.addAll(List.of(arguments));
    return Commands.run(command.toArray(String[]::new));
  }

  @Override
  public void close() throws IOException {
    Commands.run("ip", "netns", "del", name);
  }

  private static void removeStale() throws IOException {
    for (String line : Commands.run("ip", "netns", "list").lines().toList()) {
      Matcher ours = OURS.matcher(line);
      if (ours.find() && ProcessHandle.of(Long.parseLong(ours.group(1))).isEmpty()) {
        Commands.run("ip", "netns", "del", ours.group());
      }
    }
  }
}
