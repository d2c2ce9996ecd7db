/// Linux system calls Java has no API for, over java.lang.foreign: mounts, and files by raw-byte
/// paths.
@NullMarked
package io.thaw.fuse.sys;

import org.jspecify.annotations.NullMarked;
