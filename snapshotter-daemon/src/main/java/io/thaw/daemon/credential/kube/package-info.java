/// The cluster's image pull secrets.
@NullMarked
package io.thaw.daemon.credential.kube;

import org.jspecify.annotations.NullMarked;
