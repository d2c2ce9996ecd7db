/// OCI documents and image layouts as SOCI's tools read and write them.
///
/// Descriptors, image manifests and image indexes as records, their JSON in the exact form Go's
/// encoder gives, and image layouts in a directory or an archive. Nothing here knows a SOCI index.
@NullMarked
package io.thaw.index.oci;

import org.jspecify.annotations.NullMarked;
