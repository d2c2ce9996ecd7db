package io.thaw.index;

import io.thaw.index.oci.ImageContent;

/// A converted image, not yet written anywhere.
///
/// @param content what a target writes; its zTOCs lie in the scratch directory the conversion was
///     given, and its layers in the source
public record Conversion(ImageContent content, ConvertReport report) {}
