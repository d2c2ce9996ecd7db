package io.thaw.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.ThawMain;
import io.thaw.cli.extract.EntryFinder;
import io.thaw.cli.extract.FileExtractor;
import io.thaw.cli.extract.LayerBytes;
import io.thaw.it.image.ImageLayout;
import io.thaw.it.image.Layer;
import io.thaw.it.node.Commands;
import io.thaw.registry.Digest;
import io.thaw.ztoc.Ztoc;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The `thaw` command on real containerd and a real registry.
class CliIT {
  private static final Path SOCI =
      Path.of(System.getProperty("thaw.testdata")).toAbsolutePath().getParent().resolve("bin/soci");

  @RegisterExtension private final NodeExtension node = new NodeExtension();

  @Test
  void whatIsCreatedAndPushedIsPulledLazily() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    String reference = node.registry().address() + "/image:1";
    node.push().push(image.dir(), reference);
    node.startNode(NodeExtension.NO_FILL + NodeExtension.V1);
    fetch(reference);

    String created =
        thaw("create", "--span-size", "262144", "--min-layer-size", "0", "--json", reference);
    assertThat(created).contains(image.manifestDigest());
    String index = thaw("index", "ls", "-q", "--ref", reference).strip();
    assertThat(Digest.sha256(thaw("index", "info", "--json", index).getBytes(UTF_8)))
        .hasToString(index);
    assertThat(thaw("index", "ls")).contains(reference).contains("v1");
    String ztoc = thaw("ztoc", "ls", "-q", "--image-ref", reference).strip();
    assertThat(thaw("ztoc", "info", ztoc)).contains("gzip");
    Path expected = node.fresh("expected");
    Files.createDirectory(expected);
    Commands.run(
        "tar",
        "-xf",
        TestImages.goldenDir().resolve("pax-6.tar.gz").toString(),
        "-C",
        expected.toString());
    assertThat(thawBytes("ztoc", "get-file", ztoc, "/opt/big.bin"))
        .isEqualTo(Files.readAllBytes(expected.resolve("opt/big.bin")));
    assertThat(thaw("push", reference)).contains(index);

    node.containerd().cri().pull(node.link().address() + "/image:1", null);
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    thaw("index", "rm", index);
    assertThat(thaw("ztoc", "ls", "-q")).isEmpty();
  }

  @Test
  void keepsIndexesInContainerdsStoreIfAskedTo() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    String reference = node.registry().address() + "/image:1";
    node.push().push(image.dir(), reference);
    node.startNode(NodeExtension.NO_FILL + NodeExtension.V1);
    fetch(reference);

    String[] place = {"--content-store", "containerd"};
    thaw(place, "create", "--min-layer-size", "0", reference);
    String index = thaw(place, "index", "ls", "-q", "--ref", reference).strip();
    assertThat(node.containerd().ctr("content", "ls", "-q")).contains(index);
    String ztoc = thaw(place, "ztoc", "ls", "-q").strip();
    assertThat(thaw(place, "ztoc", "get-file", ztoc, "/opt/big.bin")).isNotEmpty();
    thaw(place, "push", reference);
    node.containerd().cri().pull(node.link().address() + "/image:1", null);
    assertThat(node.thawd().lazyMounts()).hasSize(1);
    assertThat(thaw("index", "ls", "-q")).isEmpty();
  }

  @Test
  void servesWhatNerdctlExecutesUnderTheNameOfSoci() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    String reference = node.registry().address() + "/image:1";
    node.push().push(image.dir(), reference);
    node.startNode(NodeExtension.NO_FILL);
    fetch(reference);
    String address = node.containerd().socket().toString();

    assertThat(soci("--version")).containsPattern("v?(\\d+\\.\\d+\\.\\d+)");
    // nerdctl push --snapshotter=soci
    soci(
        "--address",
        address,
        "--namespace",
        "k8s.io",
        "create",
        "--all-platforms",
        "--span-size",
        "262144",
        "--min-layer-size",
        "0",
        reference);
    String pushed =
        soci(
            "--address",
            address,
            "--namespace",
            "k8s.io",
            "push",
            "--platform",
            "linux/amd64",
            "--skip-verify",
            "--plain-http",
            "--hosts-dir",
            "/etc/containerd/certs.d",
            reference);
    assertThat(pushed).contains("pushing soci index with digest: sha256:");
    // nerdctl image convert --soci
    String converted = node.registry().address() + "/image:soci";
    soci(
        "--address",
        address,
        "--namespace",
        "k8s.io",
        "convert",
        "--platform",
        "linux/amd64",
        "--span-size",
        "262144",
        "--min-layer-size",
        "0",
        reference,
        converted);
    assertThat(node.containerd().ctr("images", "ls", "-q")).contains(converted);
    node.containerd().ctr("images", "push", "--plain-http", converted);
    node.containerd().cri().pull(node.link().address() + "/image:soci", null);
    assertThat(node.thawd().lazyMounts()).hasSize(1);
  }

  @Test
  void convertsFromRegistryToRegistry() throws IOException {
    node.startRegistry(NodeExtension.FAST);
    ImageLayout image = TestImages.golden("pax-6.tar.gz", node.fresh("layout"));
    String reference = node.registry().address() + "/image:1";
    node.push().push(image.dir(), reference);
    thaw(
        "convert",
        "--min-layer-size",
        "0",
        "registry://" + reference,
        "registry://" + node.registry().address() + "/lazy/image:1");
    node.startNode(NodeExtension.NO_FILL);
    node.containerd().cri().pull(node.link().address() + "/lazy/image:1", null);
    assertThat(node.thawd().lazyMounts()).hasSize(1);
  }

  @Test
  void aDebianLayersZtocListsAndYieldsWhatTarDoes() throws IOException {
    ImageLayout image = TestImages.debian();
    Layer layer =
        image.layers().stream().max(Comparator.comparingLong(Layer::sizeBytes)).orElseThrow();
    Path stored = image.blobFile(layer.digest());
    Path ztocFile = node.fresh("layer.ztoc");
    run(
        "thaw",
        "ztoc",
        "create",
        "-q",
        "--span-size",
        "1MiB",
        stored.toString(),
        ztocFile.toString());

    String tar =
        Commands.run(
            List.of("tar", "-tvf", stored.toString()), Map.of("TZ", "UTC", "LC_ALL", "C.UTF-8"));
    assertThat(new String(run("thaw", "ztoc", "ls", ztocFile.toString()), UTF_8)).isEqualTo(tar);

    Map<String, Digest> expected = contents(stored);
    assertThat(expected).hasSizeGreaterThan(1000);
    try (Ztoc ztoc = Ztoc.open(ztocFile)) {
      FileExtractor extractor = new FileExtractor(ztoc, LayerBytes.of(stored));
      for (Map.Entry<String, Digest> file : expected.entrySet()) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        extractor.extract(EntryFinder.regularFile(ztoc.toc(), file.getKey()), bytes);
        assertThat(Digest.sha256(bytes.toByteArray())).as(file.getKey()).isEqualTo(file.getValue());
      }
    }
    String some = expected.keySet().stream().skip(expected.size() / 2).findFirst().orElseThrow();
    assertThat(
            Digest.sha256(
                run(
                    "thaw",
                    "ztoc",
                    "get-file",
                    "--layer",
                    stored.toString(),
                    ztocFile.toString(),
                    some)))
        .isEqualTo(expected.get(some));
  }

  /// Has containerd fetch an image; unpacking it would ask for attributes not every disk has.
  private void fetch(String reference) throws IOException {
    node.containerd().ctr("content", "fetch", "--plain-http", reference);
  }

  /// The files of a layer as another tar reader sees them; of several with one name the last.
  private static Map<String, Digest> contents(Path stored) throws IOException {
    Map<String, Digest> contents = new LinkedHashMap<>();
    try (InputStream in =
            new GZIPInputStream(new BufferedInputStream(Files.newInputStream(stored)), 1 << 16);
        TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8")) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (isPlainFile(entry)) {
          contents.put(entry.getName(), Digest.sha256(tar.readAllBytes()));
        }
      }
    }
    return contents;
  }

  private static boolean isPlainFile(TarArchiveEntry entry) {
    return entry.getLinkFlag() == TarConstants.LF_NORMAL
        || entry.getLinkFlag() == TarConstants.LF_OLDNORM;
  }

  private String soci(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(SOCI.toString()));
    command.addAll(List.of(arguments));
    return Commands.run(command, Map.of("THAW_ROOT", node.dir("root").toString()));
  }

  private String thaw(String... arguments) throws IOException {
    return new String(thawBytes(arguments), UTF_8);
  }

  private String thaw(String[] first, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(arguments));
    return thaw(all.toArray(String[]::new));
  }

  private byte[] thawBytes(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("--root", node.dir("root").toString()));
    if (node.containerd() != null) {
      all.addAll(
          List.of("--address", node.containerd().socket().toString(), "--namespace", "k8s.io"));
    }
    all.addAll(List.of(arguments));
    return run("thaw", all.toArray(String[]::new));
  }

  private static byte[] run(String name, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = ThawMain.run(name, out, err, arguments);
    assertThat(code).as(List.of(arguments) + ": " + err.toString(UTF_8)).isZero();
    return out.toByteArray();
  }
}
