package io.thaw.index.store;

import io.thaw.index.oci.Platform;
import io.thaw.registry.Digest;
import java.util.Optional;

/// What an index itself does not say about its image.
///
/// @param name the image's name, as a user would give it
/// @param image what the name points to
/// @param manifest the manifest of the platform the index is for
public record ImageFacts(
    Optional<String> name, Digest image, Digest manifest, Optional<Platform> platform) {}
