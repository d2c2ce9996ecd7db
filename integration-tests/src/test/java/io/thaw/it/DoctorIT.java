package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.thaw.index.ConvertOptions;
import io.thaw.it.image.ImagePush;
import io.thaw.it.node.ContainerdRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `thaw doctor` on a real node: well, and with real faults.
class DoctorIT {
  @RegisterExtension private final NodeExtension node = new NodeExtension(release());

  ContainerdRelease release() {
    return ContainerdRelease.HOST;
  }

  @Test
  void aHealthyNodeIsWellAndEachFaultIsFoundWithItsRemedy() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    Path converted = node.fresh("converted");
    ImagePush.convert(TestImages.debian().dir(), converted, ConvertOptions.DEFAULT);
    node.push().push(converted, node.registry().address() + "/debian:1");
    String reference = node.link().address() + "/debian:1";
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(reference, null);

    ThawCommand well = doctor(reference);
    assertThat(wrong(well)).as(well.out() + well.err()).isEmpty();
    assertThat(checks(well, "ok"))
        .contains(
            "kernel.fuse",
            "daemon.socket",
            "daemon.answers",
            "mounts.seen",
            "containerd.running",
            "containerd.config",
            "containerd.plugin",
            "containerd.cri",
            "containerd.annotations",
            "containerd.labels",
            "registry.reachable",
            "registry.ranges",
            "clock.skew",
            "image.index");
    assertThat(well.code()).isEqualTo(checks(well, "warning").isEmpty() ? 0 : 3);

    node.link().cut();
    ThawCommand cut = doctor(reference);
    assertThat(cut.code()).isEqualTo(1);
    assertThat(wrong(cut)).containsExactly("registry.reachable");
    node.link().mend();

    forgetAnnotations();
    ThawCommand forgotten = doctor(reference);
    assertThat(wrong(forgotten)).containsExactly("containerd.annotations");
    assertThat(forgotten.out()).contains("disable_snapshot_annotations = false");

    node.thawd().kill();
    ThawCommand dead = doctor(reference);
    assertThat(dead.code()).isEqualTo(1);
    assertThat(wrong(dead)).contains("daemon.answers");
    assertThat(checks(dead, "skipped")).contains("registry");
  }

  private void forgetAnnotations() throws IOException {
    for (Path file :
        List.of(
            node.containerd().socket().resolveSibling("config.toml"),
            node.containerd().socket().resolveSibling("conf.d").resolve("thaw.toml"))) {
      String text = Files.readString(file);
      Files.writeString(
          file,
          text.replace(
              "disable_snapshot_annotations = false", "disable_snapshot_annotations = true"));
    }
  }

  private ThawCommand doctor(String reference) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "doctor",
                "--json",
                "--address",
                node.containerd().socket().toString(),
                "--containerd",
                release().program().toString(),
                "--containerd-config",
                node.containerd().socket().resolveSibling("config.toml").toString(),
                "--config",
                node.fresh("no-such.toml").toString(),
                reference));
    return ThawCommand.run(node.thawd(), command.toArray(String[]::new));
  }

  private static List<String> wrong(ThawCommand said) throws IOException {
    return checks(said, "wrong");
  }

  private static List<String> checks(ThawCommand said, String level) throws IOException {
    JsonNode findings = said.json().path("findings");
    return StreamSupport.stream(findings.spliterator(), false)
        .filter(finding -> finding.path("level").asText().equals(level))
        .map(finding -> finding.path("check").asText())
        .toList();
  }
}
