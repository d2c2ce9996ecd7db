package io.thaw.daemon.main;

import io.netty.channel.epoll.Epoll;
import io.thaw.registry.hosts.HostAuthorities;

/// What the start waits for although nothing depends on its order, begun at once on threads of its
/// own: a node has more than one core, and the start would use one.
final class Preload {
  private Preload() {}

  /// Returns at once. What fails here fails again, and is told, where it is needed.
  static void begin() {
    run("preload-tls", HostAuthorities::load);
    run("preload-epoll", Epoll::isAvailable);
  }

  private static void run(String name, Runnable what) {
    Thread.ofPlatform().daemon(true).name(name).start(what);
  }
}
