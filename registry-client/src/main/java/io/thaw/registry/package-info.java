/// Client of the OCI distribution protocol: references, credentials, manifests, blobs whole and
/// by range, referrers, push.
///
/// Lives here: everything that speaks HTTP to a registry, and the values that name things in one.
/// Does not live here: what a blob means (zTOCs, index manifests), scheduling of fetches, caching
/// of content.
///
/// [io.thaw.registry.RegistryClient] is the way in. All calls block and are meant for virtual
/// threads; every type is safe for concurrent use unless it says otherwise.
@NullMarked
package io.thaw.registry;

import org.jspecify.annotations.NullMarked;
