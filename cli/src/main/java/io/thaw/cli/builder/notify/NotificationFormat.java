package io.thaw.cli.builder.notify;

import java.util.Locale;
import java.util.Optional;

/// Who sends notifications, each in a format of its own.
public enum NotificationFormat {
  DISTRIBUTION,
  HARBOR,
  ECR;

  /// The format's name in paths, the database and metrics.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The format of this name, if there is one.
  public static Optional<NotificationFormat> of(String label) {
    for (NotificationFormat format : values()) {
      if (format.label().equals(label)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
