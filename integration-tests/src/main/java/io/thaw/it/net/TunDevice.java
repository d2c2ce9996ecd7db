package io.thaw.it.net;

import io.thaw.fuse.sys.Linux;
import io.thaw.fuse.sys.LinuxException;
import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A network device whose packets are read and written here, one with each call. It is gone once
/// it is closed.
final class TunDevice implements AutoCloseable {
  private static final byte[] PATH = "/dev/net/tun".getBytes(StandardCharsets.US_ASCII);
  // linux/if_tun.h: TUNSETIFF takes a struct ifreq with name and flags.
  private static final long SET_INTERFACE = 0x400454caL;
  private static final int NAME_BYTES = 16;
  private static final int REQUEST_BYTES = 40;
  private static final byte TUN = 0x01;
  private static final byte NO_PACKET_INFO = 0x10;

  private final String name;
  private final int fd;

  private TunDevice(String name, int fd) {
    this.name = name;
    this.fd = fd;
  }

  static TunDevice open(String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length >= NAME_BYTES) {
      throw new IOException("The name of a network device has up to 15 bytes: " + name);
    }
    int fd;
    try {
      fd = Linux.openat(Linux.AT_FDCWD, PATH, Linux.O_RDWR | Linux.O_NONBLOCK, 0);
    } catch (LinuxException e) {
      throw new IOException(
          "Shaping a link needs /dev/net/tun (modprobe tun; in a container, pass the device)", e);
    }
    try {
      byte[] request = Arrays.copyOf(bytes, REQUEST_BYTES);
      boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
      request[little ? NAME_BYTES : NAME_BYTES + 1] = TUN;
      request[little ? NAME_BYTES + 1 : NAME_BYTES] = NO_PACKET_INFO;
      Linux.ioctl(fd, SET_INTERFACE, request);
      return new TunDevice(name, fd);
    } catch (LinuxException e) {
      Linux.close(fd);
      throw e;
    }
  }

  /// The descriptor, which does not block.
  int fd() {
    return fd;
  }

  void moveTo(NetNamespace namespace) throws IOException {
    Commands.run("ip", "link", "set", name, "netns", namespace.name());
  }

  @Override
  public void close() throws IOException {
    Linux.close(fd);
  }
}
