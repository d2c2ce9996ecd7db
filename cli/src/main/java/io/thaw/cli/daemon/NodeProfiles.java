package io.thaw.cli.daemon;

import io.grpc.StatusException;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.start.StartProfile;
import io.thaw.index.start.StartProfileJson;
import io.thaw.proto.control.v1.ProfileInfo;
import io.thaw.proto.control.v1.ProfilesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Start profiles of the node, and of files.
public final class NodeProfiles {
  private NodeProfiles() {}

  /// The profile of one image, as the daemon knows it.
  ///
  /// @param image its reference or digest
  /// @throws IOException if there is none, or several images are meant
  public static StartProfile of(DaemonOption daemon, String image) throws IOException {
    try (DaemonClient client = daemon.connect()) {
      return profile(one(client, image));
    }
  }

  static ProfileInfo one(DaemonClient client, String image) throws IOException {
    List<ProfileInfo> found = all(client, image);
    if (found.isEmpty()) {
      throw new IOException(
          "there is no start profile of "
              + image
              + " on this node; one is recorded at the first cold start of the image, or with"
              + " \"thaw profile record\"");
    }
    if (found.size() > 1) {
      throw new IOException(
          "%s means %d images; name one by its digest: %s"
              .formatted(
                  image,
                  found.size(),
                  String.join(", ", found.stream().map(ProfileInfo::getManifestDigest).toList())));
    }
    return found.getFirst();
  }

  static List<ProfileInfo> all(DaemonClient client, String image) throws IOException {
    try {
      return client
          .calls()
          .profiles(ProfilesRequest.newBuilder().setName(ImageArgument.plain(image)).build())
          .getProfilesList();
    } catch (StatusException e) {
      throw client.failure("tell its start profiles", e);
    }
  }

  static StartProfile profile(ProfileInfo info) throws IOException {
    return StartProfileJson.read(info.getDocument().toByteArray());
  }

  /// Reads what `thaw profile export` wrote.
  ///
  /// @throws IOException if the file cannot be read or is no profile
  public static StartProfile read(Path file) throws IOException {
    if (Files.size(file) > StartProfileJson.MAX_BYTES) {
      throw new IOException(file + " is no start profile: it has " + Files.size(file) + " bytes");
    }
    try {
      return StartProfileJson.read(Files.readAllBytes(file));
    } catch (MalformedManifestException e) {
      throw new IOException(file + " is no start profile: " + e.getMessage(), e);
    }
  }
}
