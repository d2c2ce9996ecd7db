package io.thaw.fuse.handover;

import io.thaw.fuse.sys.Descriptors;
import io.thaw.fuse.sys.Linux;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// systemd's descriptor store (sd_pid_notify_with_fds(3), sd_listen_fds_with_names(3)). The unit
/// must have `FileDescriptorStoreMax=`; systemd does not say when it has no room.
public final class SystemdStore implements DescriptorStore {
  /// systemd hands descriptors over from this number on.
  private static final int FIRST = 3;

  private final Map<String, String> environment;
  private final String prefix;
  private final int socket;

  private SystemdStore(Map<String, String> environment, String prefix, int socket) {
    this.environment = environment;
    this.prefix = prefix;
    this.socket = socket;
  }

  /// Connects to the service manager that started this process.
  ///
  /// @param environment of the process: `NOTIFY_SOCKET`, `LISTEN_PID`, `LISTEN_FDS`,
  ///     `LISTEN_FDNAMES`
  /// @param prefix what names of ours begin with; other descriptors are not touched
  /// @throws IOException if systemd did not start this process as a `Type=notify` service
  public static SystemdStore open(Map<String, String> environment, String prefix)
      throws IOException {
    String address = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (address.isEmpty()) {
      throw new IOException(
          "there is no NOTIFY_SOCKET: systemd's descriptor store needs a unit of Type=notify");
    }
    // An abstract address begins with @ there and with a zero byte here.
    String path = address.startsWith("@") ? "\0" + address.substring(1) : address;
    return new SystemdStore(
        environment, prefix, Descriptors.connectDatagram(path.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public String kind() {
    return "systemd";
  }

  @Override
  public List<Kept> take() {
    List<Kept> taken = new ArrayList<>();
    if (!Long.toString(ProcessHandle.current().pid()).equals(environment.get("LISTEN_PID"))) {
      return taken;
    }
    String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
    int count = count(environment.getOrDefault("LISTEN_FDS", "0"));
    for (int i = 0; i < count && i < names.length; i++) {
      if (names[i].startsWith(prefix)) {
        taken.add(new Kept(names[i], FIRST + i));
      }
    }
    return taken;
  }

  private static int count(String text) {
    try {
      return Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  @Override
  public void keep(String name, int descriptor) throws IOException {
    Descriptors.send(socket, bytes("FDSTORE=1\nFDNAME=" + name), descriptor);
  }

  @Override
  public void forget(String name) throws IOException {
    Descriptors.send(socket, bytes("FDSTOREREMOVE=1\nFDNAME=" + name));
  }

  /// What is kept goes when its file system is unmounted: systemd drops a descriptor in error.
  @Override
  public void end() {}

  @Override
  public void close() throws IOException {
    Linux.close(socket);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
