package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.it.image.DirectoryLayer;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.ImagePush;
import io.thaw.it.image.LayoutWriter;
import io.thaw.it.node.Await;
import io.thaw.it.node.Commands;
import io.thaw.it.node.ImageView;
import io.thaw.it.tree.TreeManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a layer does not say and containerd, when it unpacks one, sees from what lies below:
/// directories that no entry names, and whiteouts with nothing to hide.
class PlaceInImageIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String LOWEST =
      """
      mkdir -p private/kept opaque tmp deep/er deep/hiding plain
      chmod 1777 tmp
      chown 12:34 private
      chmod 2710 private
      setfattr -n user.colour -v blue private
      chmod 700 deep
      chown 5:6 deep/er
      echo here > plain/here
      touch .wh.root-never plain/.wh.never deep/hiding/.wh.never
      touch opaque/.wh..wh..opq
      echo here > opaque/here
      """;
  private static final String ABOVE =
      """
      mkdir -p tmp private/kept deep/er/new fresh/dir
      for d in tmp private/kept deep/er/new fresh/dir; do echo above > $d/above; done
      """;
  // When a directory without an entry was made is when it was unpacked.
  private static final Pattern UNNAMED =
      Pattern.compile(
          "^((?:tmp|private|private/kept|deep|deep/er|deep/er/new|fresh|fresh/dir) .*) mtime=\\S+");

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  /// How a layer comes to the node.
  enum Way {
    LAZY(NodeExtension.NO_FILL),
    SETTLED("[fill]\nstart_delay_msec = 1\n"),
    EAGER("[snapshotter]\nmin_layer_size = 1000000000000\n");

    private final String config;

    Way(String config) {
      this.config = config;
    }
  }

  @ParameterizedTest
  @EnumSource
  void directoriesThatNoEntryNamesAreAsInTheLayersBelow(Way way) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    DirectoryLayer.ofScript(writer, node.fresh("lowest"), LOWEST);
    Path above = node.fresh("above");
    DirectoryLayer.run(above, ABOVE);
    DirectoryLayer.add(writer, above, "--no-recursion", "tmp/above", "private/kept/above");
    DirectoryLayer.add(writer, above, "--no-recursion", "deep/er/new/above", "fresh/dir/above");
    DirectoryLayer.add(writer, above, "--no-recursion", "--mode=600", "tmp/above");
    ImageLayout image = writer.finish(List.of("/nothing"), List.of("PATH=/"));

    String reference = pull(image, way);

    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("ours"));
        ImageView plain =
            node.containerd().plainView(reference, image.chainId(), node.dir("plain"))) {
      TreeManifest expected = withoutUnknownTimes(TreeManifest.of(plain.root()));
      TreeManifest actual = withoutUnknownTimes(TreeManifest.of(ours.root()));
      assertThat(expected.differencesTo(actual)).isEmpty();
      assertThat(actual.lines()).hasSameSizeAs(expected.lines());
      assertThat(actual.lines())
          .anySatisfy(line -> assertThat(line).startsWith("tmp mode=41777 "))
          .anySatisfy(
              line -> assertThat(line).startsWith("private mode=42710 owner=12:34 user.colour="))
          .anySatisfy(line -> assertThat(line).startsWith("deep/er mode=40755 owner=5:6"))
          .anySatisfy(line -> assertThat(line).startsWith("fresh mode=40755 owner=0:0"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLowestLayersWhiteoutsAreNotThere(Way way) throws IOException {
    node.startRegistry(NodeExtension.FAST);
    LayoutWriter writer = new LayoutWriter(node.fresh("layout"));
    DirectoryLayer.ofScript(writer, node.fresh("lowest"), LOWEST);
    ImageLayout image = writer.finish(List.of("/nothing"), List.of("PATH=/"));

    String reference = pull(image, way);

    node.assertSameAsOverlayfs(image, reference);
    try (ImageView ours = node.containerd().view(image.chainId(), node.dir("listed"))) {
      assertThat(Commands.run("ls", "-A", ours.root() + "/plain")).isEqualTo("here\n");
      assertThat(Commands.run("ls", "-A", ours.root() + "/deep/hiding")).isEmpty();
      assertThat(Commands.run("ls", "-A", ours.root().toString())).doesNotContain("never");
      assertThat(Commands.run("getfattr", "-d", "-m", "-", ours.root() + "/opaque"))
          .doesNotContain("trusted.overlay");
    }
  }

  private String pull(ImageLayout image, Way way) throws IOException {
    Path converted = node.fresh("converted");
    ImagePush.convert(image.dir(), converted, TestImages.SMALL_SPANS);
    String reference = node.pushed(converted, "image:1");
    node.startNode(way.config);
    node.containerd().cri().pull(reference, null);
    int layers = image.layers().size();
    switch (way) {
      case LAZY -> assertThat(node.thawd().lazyMounts()).hasSize(layers);
      case EAGER -> assertThat(node.thawd().lazyMounts()).isEmpty();
      case SETTLED ->
          Await.until(LIMIT, "the layers to settle", () -> node.thawd().settledLayers() == layers);
    }
    return reference;
  }

  private static TreeManifest withoutUnknownTimes(TreeManifest manifest) {
    return new TreeManifest(
        manifest.lines().stream().map(line -> UNNAMED.matcher(line).replaceFirst("$1")).toList());
  }
}
