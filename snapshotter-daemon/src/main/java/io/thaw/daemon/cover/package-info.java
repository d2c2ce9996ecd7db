/// Directories that stand above a layer's own when it is mounted, so that overlayfs shows of the
/// layer what it would show of one that containerd has unpacked at this place of the image.
///
/// Knows trees and directories; nothing of stores, snapshots or mounts.
@NullMarked
package io.thaw.daemon.cover;

import org.jspecify.annotations.NullMarked;
