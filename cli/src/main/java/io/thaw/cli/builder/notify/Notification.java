package io.thaw.cli.builder.notify;

import java.util.List;

/// One request of a registry's.
///
/// @param others events that are no pushes of manifests, such as pulls, deletions and blobs
public record Notification(NotificationFormat format, List<PushEvent> pushes, int others) {
  public Notification {
    pushes = List.copyOf(pushes);
  }
}
