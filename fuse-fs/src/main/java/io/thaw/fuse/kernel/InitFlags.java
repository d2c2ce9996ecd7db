package io.thaw.fuse.kernel;

/// The INIT flags we ask for; bits 32 and up travel in the second flag word.
final class InitFlags {
  static final long ASYNC_READ = 1L;
  static final long DO_READDIRPLUS = 1L << 13;
  static final long READDIRPLUS_AUTO = 1L << 14;
  static final long PARALLEL_DIROPS = 1L << 18;
  static final long MAX_PAGES = 1L << 22;
  static final long CACHE_SYMLINKS = 1L << 23;

  /// The kernel takes ENOSYS to OPENDIR as "open every directory yourself, and cache it".
  static final long NO_OPENDIR_SUPPORT = 1L << 24;

  static final long EXPLICIT_INVAL_DATA = 1L << 25;

  /// There is a second flag word.
  static final long INIT_EXT = 1L << 30;

  /// Others may mount the layer once more with mapped ids, as containers with a user namespace
  /// need it. Kernel 6.12 and later, with `default_permissions` only.
  static final long ALLOW_IDMAP = 1L << 40;

  /// What a layer that never changes wants.
  static final long WANTED =
      ASYNC_READ
          | DO_READDIRPLUS
          | READDIRPLUS_AUTO
          | PARALLEL_DIROPS
          | MAX_PAGES
          | CACHE_SYMLINKS
          | NO_OPENDIR_SUPPORT
          | EXPLICIT_INVAL_DATA
          | INIT_EXT
          | ALLOW_IDMAP;

  private InitFlags() {}
}
