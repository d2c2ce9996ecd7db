/// OCI documents and image layouts as SOCI's tools read and write them.
///
/// Descriptors, image manifests and image indexes as records, their JSON in the exact form Go's
/// encoder gives, image layouts in a directory or an archive, and what an image is read from and
/// written to ({@link io.thaw.index.oci.ImageSource}, {@link io.thaw.index.oci.ImageTarget}).
/// Nothing here knows a SOCI index.
@NullMarked
package io.thaw.index.oci;

import org.jspecify.annotations.NullMarked;
