/// Descriptors kept beyond the life of who opened them.
@NullMarked
package io.thaw.fuse.handover;

import org.jspecify.annotations.NullMarked;
