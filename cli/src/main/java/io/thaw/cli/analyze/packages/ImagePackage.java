package io.thaw.cli.analyze.packages;

/// An installed package.
///
/// @param version empty if the database does not say
public record ImagePackage(PackageKind kind, String name, String version) {}
