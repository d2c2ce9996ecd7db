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
///
/// As a network card it takes segments larger than a packet, with a header that says how they are
/// to be cut (`struct virtio_net_hdr`); a line that hands header and all to another such device
/// costs a seventh of the calls.
final class TunDevice implements AutoCloseable {
  private static final byte[] PATH = "/dev/net/tun".getBytes(StandardCharsets.US_ASCII);
  // linux/if_tun.h: TUNSETIFF takes a struct ifreq with name and flags.
  private static final long SET_INTERFACE = 0x400454caL;
  private static final int NAME_BYTES = 16;
  private static final int REQUEST_BYTES = 40;
  private static final byte TUN = 0x01;
  private static final byte NO_PACKET_INFO_BUT_OFFLOAD_HEADER = 0x50;
  // linux/if_tun.h: TUNSETOFFLOAD takes TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 as a number.
  private static final long SET_OFFLOAD = 0x400454d0L;
  private static final long CHECKSUM_AND_SEGMENTS = 0x7;

  /// What stands before each packet.
  static final int HEADER_BYTES = 10;

  /// The longest packet with what stands before it.
  static final int MOST_BYTES = HEADER_BYTES + (1 << 16);

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
      request[little ? NAME_BYTES + 1 : NAME_BYTES] = NO_PACKET_INFO_BUT_OFFLOAD_HEADER;
      Linux.ioctl(fd, SET_INTERFACE, request);
      Linux.ioctl(fd, SET_OFFLOAD, CHECKSUM_AND_SEGMENTS);
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
