/// Tests of the disk, and a disk for tests.
@NullMarked
package io.thaw.daemon.disk;

import org.jspecify.annotations.NullMarked;
