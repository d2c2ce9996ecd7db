package io.thaw.cli.builder.intake;

import java.time.Instant;

/// A push that made no job, for people who wonder why.
///
/// @param origin the format of the notification
/// @param image what the sender called it; text from outside
public record Notice(Instant at, String origin, String image, String explanation) {
  private static final int MAX_IMAGE = 300;

  public Notice {
    image = image.length() <= MAX_IMAGE ? image : image.substring(0, MAX_IMAGE) + " …";
  }
}
