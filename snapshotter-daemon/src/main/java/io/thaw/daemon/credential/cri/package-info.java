/// The kubelet's credentials, overheard: CRI's image service is passed on to containerd, and what a
/// pull brings along is remembered.
@NullMarked
package io.thaw.daemon.credential.cri;

import org.jspecify.annotations.NullMarked;
