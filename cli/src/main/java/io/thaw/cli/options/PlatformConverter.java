package io.thaw.cli.options;

import io.thaw.index.oci.Platform;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Lets picocli read platforms.
public final class PlatformConverter implements ITypeConverter<Platform> {
  @Override
  public Platform convert(String value) {
    try {
      return Platform.parse(value.strip());
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
