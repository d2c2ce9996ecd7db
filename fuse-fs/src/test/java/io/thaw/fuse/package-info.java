/// Tests that every backend passes, and what they stand on.
@NullMarked
package io.thaw.fuse;

import org.jspecify.annotations.NullMarked;
