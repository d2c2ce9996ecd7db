package io.thaw.cli;

import io.thaw.registry.Digest;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Lets picocli read digests.
final class DigestArgument implements ITypeConverter<Digest> {
  @Override
  public Digest convert(String value) {
    try {
      return Digest.parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
