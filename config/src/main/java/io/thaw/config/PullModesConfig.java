package io.thaw.config;

/// Where indexes are looked for.
///
/// @param sociV1 whether the registry's referrers are asked
/// @param sociV2 whether the annotation of the image manifest is followed
public record PullModesConfig(boolean sociV1, boolean sociV2) {}
