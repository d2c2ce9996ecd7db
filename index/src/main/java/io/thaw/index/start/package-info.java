/// What a start of an image needs: profiles of spans in the order of their first use, how they are
/// merged, written, planned as fetches, and attached to an index.
///
/// Recording and using them on a node is the daemon's side.
@NullMarked
package io.thaw.index.start;

import org.jspecify.annotations.NullMarked;
