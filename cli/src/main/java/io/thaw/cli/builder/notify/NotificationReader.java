package io.thaw.cli.builder.notify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the JSON of all formats. The caller bounds the body's length.
///
/// An event that lacks what its format promises is handed on with that field empty: distribution
/// repeats a refused request for ever, and all later ones wait behind it, so one odd event must not
/// make the request fail.
public final class NotificationReader {
  private static final int MAX_EVENTS = 1_000;
  private static final int MAX_DEPTH = 64;
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
              .build());

  private NotificationReader() {}

  /// Reads a notification.
  ///
  /// @param format the format it must have; empty to tell from its fields
  /// @throws MalformedNotificationException if it is no JSON, or none of a format
  public static Notification read(byte[] body, Optional<NotificationFormat> format)
      throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new MalformedNotificationException(
          "the body is not JSON that can be read: " + e.getOriginalMessage());
    }
    if (!root.isObject()) {
      throw new MalformedNotificationException("the body is not a JSON object");
    }
    NotificationFormat found = detect(root);
    if (format.isPresent() && format.get() != found) {
      throw new MalformedNotificationException(
          "the body is a notification of the format "
              + found.label()
              + ", which goes to /notify or /notify/"
              + found.label());
    }
    return switch (found) {
      case DISTRIBUTION -> distribution(root);
      case HARBOR -> harbor(root);
      case ECR -> ecr(root);
    };
  }

  private static NotificationFormat detect(JsonNode root) throws IOException {
    if (root.path("events").isArray()) {
      return NotificationFormat.DISTRIBUTION;
    }
    if (root.path("event_data").isObject() || text(root, "type").startsWith("harbor.")) {
      return NotificationFormat.HARBOR;
    }
    if (text(root, "source").equals("aws.ecr")) {
      return NotificationFormat.ECR;
    }
    throw new MalformedNotificationException(
        "the body is no notification: expected \"events\" (distribution), \"event_data\" or a type"
            + " of \"harbor.\" (Harbor), or the source \"aws.ecr\" (EventBridge)");
  }

  /// Distribution's envelope; source: its documentation, "Work with notifications".
  private static Notification distribution(JsonNode root) throws IOException {
    JsonNode events = root.path("events");
    checkCount(events);
    List<PushEvent> pushes = new ArrayList<>();
    for (JsonNode event : events) {
      JsonNode target = event.path("target");
      String mediaType = text(target, "mediaType");
      if (text(event, "action").equals("push") && !mediaType.equals("application/octet-stream")) {
        pushes.add(
            new PushEvent(
                text(event.path("request"), "host"),
                text(target, "repository"),
                text(target, "tag"),
                text(target, "digest"),
                mediaType));
      }
    }
    return new Notification(NotificationFormat.DISTRIBUTION, pushes, events.size() - pushes.size());
  }

  /// Harbor's payload, `Default` or `CloudEvents`; source: its documentation, "Configure Webhook
  /// Notifications".
  private static Notification harbor(JsonNode root) throws IOException {
    boolean cloud = root.has("specversion");
    JsonNode data = root.path(cloud ? "data" : "event_data");
    if (!text(root, "type").equals(cloud ? "harbor.artifact.pushed" : "PUSH_ARTIFACT")) {
      return new Notification(NotificationFormat.HARBOR, List.of(), 1);
    }
    String repository = text(data.path("repository"), "repo_full_name");
    JsonNode resources = data.path("resources");
    checkCount(resources);
    List<PushEvent> pushes = new ArrayList<>();
    for (JsonNode resource : resources) {
      String url = text(resource, "resource_url");
      int slash = url.indexOf('/');
      String tag = text(resource, "tag");
      pushes.add(
          new PushEvent(
              slash < 0 ? "" : url.substring(0, slash),
              repository,
              // A push by digest has the digest in the tag's place.
              tag.indexOf(':') >= 0 ? "" : tag,
              text(resource, "digest"),
              ""));
    }
    return new Notification(NotificationFormat.HARBOR, pushes, 0);
  }

  /// ECR's event as EventBridge delivers it; source: the ECR user guide, "Amazon ECR events and
  /// EventBridge". The registry's host follows from account and region.
  private static Notification ecr(JsonNode root) {
    JsonNode detail = root.path("detail");
    boolean push =
        text(root, "detail-type").equals("ECR Image Action")
            && text(detail, "action-type").equals("PUSH")
            && text(detail, "result").equals("SUCCESS");
    if (!push) {
      return new Notification(NotificationFormat.ECR, List.of(), 1);
    }
    String region = text(root, "region");
    String artifact = text(detail, "artifact-media-type");
    return new Notification(
        NotificationFormat.ECR,
        List.of(
            new PushEvent(
                text(root, "account")
                    + ".dkr.ecr."
                    + region
                    + (region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com"),
                text(detail, "repository-name"),
                text(detail, "image-tag"),
                text(detail, "image-digest"),
                artifact.isEmpty() ? text(detail, "manifest-media-type") : artifact)),
        0);
  }

  private static void checkCount(JsonNode events) throws IOException {
    if (events.size() > MAX_EVENTS) {
      throw new MalformedNotificationException(
          "the body has " + events.size() + " events; at most " + MAX_EVENTS + " are read");
    }
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? value.textValue() : "";
  }
}
