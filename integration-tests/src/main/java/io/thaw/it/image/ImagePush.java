package io.thaw.it.image;

import io.thaw.it.node.Commands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pushes a layout by skopeo, which knows nothing of indexes: for images that shall have none.
public final class ImagePush {
  private ImagePush() {}

  /// Copies the one image of `layout` to `reference` (`host:port/name:tag`) over plain HTTP.
  ///
  /// @param login `name:password`, or null
  public static void plain(Path layout, String reference, @Nullable String login)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "skopeo",
                "--insecure-policy",
                "copy",
                "--quiet",
                "--dest-tls-verify=false",
                "--preserve-digests"));
    if (login != null) {
      command.addAll(List.of("--dest-creds", login));
    }
    command.addAll(List.of("oci:" + layout, "docker://" + reference));
    Commands.run(command, Map.of());
  }
}
