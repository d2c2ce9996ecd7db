/// SOCI indexes: their manifests, how an image's index is found, made and published.
///
/// Here live the manifest records with reader and writer, discovery in a registry ({@link
/// io.thaw.index.IndexResolver}), the conversion of images from anywhere ({@link
/// io.thaw.index.Converter}), zTOCs made earlier ({@link io.thaw.index.ZtocSupply}), and the
/// publishing of v1 indexes ({@link io.thaw.index.ReferrerPusher}). The zTOC format itself belongs
/// to ztoc-core, HTTP to registry-client, plain OCI documents to `io.thaw.index.oci`, and the
/// places an image is read from and written to to `io.thaw.index.place`.
@NullMarked
package io.thaw.index;

import org.jspecify.annotations.NullMarked;
