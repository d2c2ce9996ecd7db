package io.thaw.config;

/// How layers are mounted.
///
/// @param backend what speaks to the kernel
public record FuseConfig(Backend backend) {

  /// The two ways to mount.
  public enum Backend {
    /// The FUSE kernel protocol, spoken directly.
    KERNEL,
    /// libfuse by way of jnr-fuse.
    JNR
  }
}
