package io.thaw.config;

/// How images are pulled.
///
/// @param sociV1 whether the registry's referrers are asked for an index
/// @param sociV2 whether the annotation of the image manifest is followed to an index
/// @param parallel when and how layers are fetched whole and unpacked at once
public record PullModesConfig(boolean sociV1, boolean sociV2, ParallelPullConfig parallel) {}
