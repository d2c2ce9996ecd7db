/// The kubelet's credential provider plugins: programs that are given an image and answer with
/// credentials.
@NullMarked
package io.thaw.daemon.credential.plugin;

import org.jspecify.annotations.NullMarked;
