/// Thaw's own store of what it made: SOCI indexes, zTOCs and prefetch artifacts by digest, and a
/// small database of facts about them.
///
/// Nothing here talks to containerd or to a registry.
@NullMarked
package io.thaw.index.store;

import org.jspecify.annotations.NullMarked;
