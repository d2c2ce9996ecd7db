package io.thaw.config;

import java.util.List;

/// Which images are indexed, and how.
///
/// @param images patterns over `host/repository`; the host is always written out
/// @param exclude patterns over `host/repository` of what is left out again
/// @param tags patterns over tags
/// @param excludeTags patterns of tags that are left out again
/// @param tagSuffix what is added to a tag to name the converted image; for v2 only
/// @param minImageBytes images whose layers are smaller than this together are left alone
/// @param minLayerBytes layers stored in fewer bytes are not indexed
/// @param spanBytes uncompressed bytes between two places a layer can be entered at
/// @param platforms `os/arch`; empty for all of the image
public record BuilderRule(
    String name,
    List<ImageGlob> images,
    List<ImageGlob> exclude,
    List<ImageGlob> tags,
    List<ImageGlob> excludeTags,
    Format format,
    String tagSuffix,
    long minImageBytes,
    long minLayerBytes,
    long spanBytes,
    List<String> platforms) {

  /// Which kind of index is made.
  public enum Format {
    /// Refers to the image; the image stays as it is.
    V1,
    /// Part of a converted image under a tag of its own.
    V2
  }

  public BuilderRule {
    images = List.copyOf(images);
    exclude = List.copyOf(exclude);
    tags = List.copyOf(tags);
    excludeTags = List.copyOf(excludeTags);
    platforms = List.copyOf(platforms);
  }

  /// Whether the rule wants an image.
  ///
  /// @param repository `host/repository`
  public boolean wants(String repository, String tag) {
    return wantsRepository(repository) && any(tags, tag) && !any(excludeTags, tag);
  }

  /// Whether the rule wants images of a repository, whatever their tags.
  public boolean wantsRepository(String repository) {
    return any(images, repository) && !any(exclude, repository);
  }

  private static boolean any(List<ImageGlob> globs, String name) {
    return globs.stream().anyMatch(glob -> glob.matches(name));
  }
}
