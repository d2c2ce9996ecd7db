/// A layer's table of contents seen as the directory tree that unpacking the layer would leave.
///
/// What lives here: the rules by which tar entries become names and inodes (clean names, implicit
/// parents, later entry wins, hard links, whiteouts) and the flat arrays that answer lookups. What
/// does not: reading tar, reading zTOC files, file data, and anything about FUSE.
@NullMarked
package io.thaw.ztoc.tree;

import org.jspecify.annotations.NullMarked;
