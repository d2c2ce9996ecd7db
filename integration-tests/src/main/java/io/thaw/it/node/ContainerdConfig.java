package io.thaw.it.node;

import io.thaw.config.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Writes the configuration of a private containerd. The proxy plugin comes from the drop-in that
/// ships with the daemon, so what operators are told to use is what every test uses.
///
/// @param dir holds root, state, sockets and the drop-in
/// @param socket of containerd's API
/// @param proxySocket where the proxy snapshotter `thaw` listens; null for none
/// @param sandboxImage the image that holds a pod open
record ContainerdConfig(Path dir, Path socket, @Nullable Path proxySocket, String sandboxImage) {

  /// Writes `config.toml` and returns its path.
  Path write(ContainerdRelease.Version version) throws IOException {
    boolean second = version.major() >= 2;
    Path dropIns = Files.createDirectories(dir.resolve("conf.d"));
    Path proxy = proxySocket;
    if (proxy != null) {
      String shipped =
          Shipped.text(second ? "containerd/2.x/thaw.toml" : "containerd/1.x/thaw.toml");
      Files.writeString(
          dropIns.resolve("thaw.toml"), shipped.replace(Shipped.SOCKET, proxy.toString()));
    }
    Path config = dir.resolve("config.toml");
    Files.writeString(config, common(second ? 3 : 2, dropIns) + (second ? cri2() : cri1()));
    return config;
  }

  String snapshotter() {
    return proxySocket == null ? "overlayfs" : "thaw";
  }

  private String common(int format, Path dropIns) {
    return """
    version = %1$d
    root = "%2$s/root"
    state = "%2$s/state"
    imports = ["%4$s/*.toml"]
    disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.nri.v1.nri"]
    [grpc]
      address = "%3$s"
    [ttrpc]
      address = "%2$s/t.sock"
    [debug]
      level = "info"
    [plugins."io.containerd.internal.v1.opt"]
      path = "%2$s/opt"
    """
        .formatted(format, dir, socket, dropIns);
  }

  // A drop-in of containerd 1.x would replace this whole section, so it names the snapshotter here.
  private String cri1() {
    return """
    [plugins."io.containerd.grpc.v1.cri"]
      restrict_oom_score_adj = true
      sandbox_image = "%2$s"
      [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "%1$s/cni"
        conf_dir = "%1$s/cni"
      [plugins."io.containerd.grpc.v1.cri".registry]
        config_path = "%1$s/certs.d"
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "%3$s"
        disable_snapshot_annotations = false
    """
        .formatted(dir, sandboxImage, snapshotter());
  }

  private String cri2() {
    return """
    [plugins."io.containerd.cri.v1.images".pinned_images]
      sandbox = "%2$s"
    [plugins."io.containerd.cri.v1.images".registry]
      config_path = "%1$s/certs.d"
    [plugins."io.containerd.cri.v1.runtime"]
      restrict_oom_score_adj = true
      enable_cdi = false
      [plugins."io.containerd.cri.v1.runtime".cni]
        bin_dirs = ["%1$s/cni"]
        conf_dir = "%1$s/cni"
    """
        .formatted(dir, sandboxImage);
  }
}
