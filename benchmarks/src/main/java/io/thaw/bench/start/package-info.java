/// Whole starts on a node that has nothing yet: pull, start, first output, until everything is on
/// the disk; several snapshotters in turn, behind the same link.
@NullMarked
package io.thaw.bench.start;

import org.jspecify.annotations.NullMarked;
