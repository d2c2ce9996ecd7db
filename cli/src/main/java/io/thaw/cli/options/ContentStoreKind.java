package io.thaw.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Where the bytes of indexes and zTOCs are kept.
public enum ContentStoreKind {
  /// The store below `--root`, under the name SOCI has for its own.
  OWN("soci"),
  CONTAINERD("containerd");

  private final String label;

  ContentStoreKind(String label) {
    this.label = label;
  }

  @Override
  public String toString() {
    return label;
  }

  /// Lets picocli read the kind; `thaw` is another name of `soci`.
  public static final class Converter implements ITypeConverter<ContentStoreKind> {
    @Override
    public ContentStoreKind convert(String value) {
      return switch (value) {
        case "soci", "thaw" -> OWN;
        case "containerd" -> CONTAINERD;
        default ->
            throw new TypeConversionException(
                "\"" + value + "\" is not a content store; write soci or containerd");
      };
    }
  }
}
