/// The processes of one node and what they leave behind: child processes, mounts, containerd with
/// its CRI client, the daemon under test.
///
/// Everything here is closed in reverse order of its start, also when a test fails or the JVM is
/// interrupted; see [io.thaw.it.node.Node].
@NullMarked
package io.thaw.it.node;

import org.jspecify.annotations.NullMarked;
