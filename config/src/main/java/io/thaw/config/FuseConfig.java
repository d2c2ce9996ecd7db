package io.thaw.config;

/// How layers are mounted.
///
/// @param backend what speaks to the kernel
/// @param handover what keeps mounts alive while no daemon runs
public record FuseConfig(Backend backend, Handover handover) {

  /// The two ways to mount.
  public enum Backend {
    /// The FUSE kernel protocol, spoken directly.
    KERNEL,
    /// libfuse by way of jnr-fuse.
    JNR
  }

  /// Where the descriptors of mounts lie between one daemon and the next.
  public enum Handover {
    /// systemd's store where the unit has one, else a keeper.
    AUTO,
    /// systemd's descriptor store.
    SYSTEMD,
    /// A process that does nothing but hold them.
    KEEPER,
    /// Nowhere: mounts end with the daemon.
    NONE
  }
}
