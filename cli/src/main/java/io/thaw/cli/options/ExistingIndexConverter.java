package io.thaw.cli.options;

import io.thaw.index.ExistingIndex;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Lets picocli read what to do about indexes that are there.
public final class ExistingIndexConverter implements ITypeConverter<ExistingIndex> {
  @Override
  public ExistingIndex convert(String value) {
    try {
      return ExistingIndex.parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
