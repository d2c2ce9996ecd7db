package io.thaw.cli.options;

import io.thaw.index.oci.LayoutFormat;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Lets picocli read formats of layouts.
public final class LayoutFormatConverter implements ITypeConverter<LayoutFormat> {
  @Override
  public LayoutFormat convert(String value) {
    for (LayoutFormat format : LayoutFormat.values()) {
      if (format.label().equals(value)) {
        return format;
      }
    }
    throw new TypeConversionException(
        "\"" + value + "\" is not a format; write oci-dir or oci-archive");
  }
}
