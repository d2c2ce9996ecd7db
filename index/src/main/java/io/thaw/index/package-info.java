/// SOCI indexes: their manifests, how an image's index is found, made and published.
///
/// Here live the manifest records with reader and writer, discovery in a registry ({@link
/// io.thaw.index.IndexResolver}), conversion of image layouts ({@link io.thaw.index.Converter}) and
/// publishing ({@link io.thaw.index.LayoutPusher}). The zTOC format itself belongs to ztoc-core,
/// HTTP to registry-client, and plain OCI documents to `io.thaw.index.oci`.
@NullMarked
package io.thaw.index;

import org.jspecify.annotations.NullMarked;
