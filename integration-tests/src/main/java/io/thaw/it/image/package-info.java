/// Images made from scratch on this machine: OCI layouts of Debian or Ubuntu packages, fetched by
/// the host's own apt, and of a static busybox. Nothing here depends on the code under test.
@NullMarked
package io.thaw.it.image;

import org.jspecify.annotations.NullMarked;
