package io.thaw.it.net;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/// Two network namespaces, the near one for a node and the far one for servers, and the only way
/// between them: a line with a rate and a delay that carries packets, or a plain virtual cable
/// where there is nothing to shape.
///
/// TCP is the kernel's, so connections start slowly and lose packets when the line's queue is
/// full. Closing it takes everything away; who runs inside has to have ended.
public final class NetLink implements AutoCloseable {
  /// The far namespace's address.
  public static final String FAR_HOST = "10.217.0.1";

  private static final String NEAR_HOST = "10.217.0.2";
  private static final int MTU = 9000;
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final NetNamespace near;
  private final NetNamespace far;
  private final String device;

  private NetLink(LinkRate rate) throws IOException {
    String id = ProcessHandle.current().pid() + "x" + COUNT.incrementAndGet();
    device = "n" + id;
    try {
      near = own(NetNamespace.create());
      far = own(NetNamespace.create());
      if (rate.isUnlimited()) {
        cable(device, "f" + id);
      } else {
        line(rate, device, "f" + id);
      }
      address(near, device, NEAR_HOST, FAR_HOST);
      address(far, "f" + id, FAR_HOST, NEAR_HOST);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Makes namespaces and line; needs root, `ip` and, to shape, `/dev/net/tun`.
  public static NetLink open(LinkRate rate) throws IOException {
    return new NetLink(rate);
  }

  public NetNamespace near() {
    return near;
  }

  public NetNamespace far() {
    return far;
  }

  /// Bytes of all packets that have arrived at the near end, by the kernel's count.
  ///
  /// @param insider the id of a process that runs in the near namespace
  public long receivedBytes(long insider) throws IOException {
    Path counters = Path.of("/proc/" + insider + "/net/dev");
    for (String line : Files.readAllLines(counters, StandardCharsets.US_ASCII)) {
      String[] parts = line.strip().split("[:\\s]+", 3);
      if (parts[0].equals(device)) {
        return Long.parseLong(parts[1]);
      }
    }
    throw new IOException(counters + " has no " + device);
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (AutoCloseable one = owned.poll(); one != null; one = owned.poll()) {
      try {
        one.close();
      } catch (IOException e) {
        failure = e;
      } catch (Exception e) {
        failure = new IOException("Could not close the link", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  private void cable(String nearDevice, String farDevice) throws IOException {
    near.ip(
        "link", "add", nearDevice, "type", "veth", "peer", "name", farDevice, "netns", far.name());
  }

  private void line(LinkRate rate, String nearDevice, String farDevice) throws IOException {
    TunDevice nearEnd = own(TunDevice.open(nearDevice));
    TunDevice farEnd = own(TunDevice.open(farDevice));
    nearEnd.moveTo(near);
    farEnd.moveTo(far);
    own(DelayLine.start("up", nearEnd, farEnd, rate));
    own(DelayLine.start("down", farEnd, nearEnd, rate));
  }

  private static void address(NetNamespace space, String device, String own, String peer)
      throws IOException {
    space.ip("address", "add", own, "peer", peer, "dev", device);
    space.ip("link", "set", device, "mtu", Integer.toString(MTU), "up");
  }
}
