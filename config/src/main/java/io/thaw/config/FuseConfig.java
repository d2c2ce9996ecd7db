package io.thaw.config;

/// How layers are mounted.
///
/// @param backend what speaks to the kernel
/// @param threads threads that serve requests of one mount pool; 0 lets the daemon choose
/// @param attrTimeoutSeconds how long the kernel may remember attributes
/// @param entryTimeoutSeconds how long the kernel may remember names
/// @param negativeTimeoutSeconds how long the kernel may remember that a name does not exist
/// @param logOperations whether every request is logged; the log then holds names of files
public record FuseConfig(
    Backend backend,
    int threads,
    long attrTimeoutSeconds,
    long entryTimeoutSeconds,
    long negativeTimeoutSeconds,
    boolean logOperations) {

  /// The two ways to mount.
  public enum Backend {
    /// The FUSE kernel protocol, spoken directly.
    KERNEL,
    /// libfuse by way of jnr-fuse.
    JNR
  }
}
