/// The places an image is read from and written to: OCI layouts in files, and registries.
///
/// Nothing here knows a SOCI index; a place that needs a service of its own, such as containerd,
/// implements the same two interfaces elsewhere.
@NullMarked
package io.thaw.index.place;

import org.jspecify.annotations.NullMarked;
