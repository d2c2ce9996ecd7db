/// Choosing a backend by its configured name. Stands apart, so that the interface and its
/// implementations know only one way.
@NullMarked
package io.thaw.fuse.backend;

import org.jspecify.annotations.NullMarked;
