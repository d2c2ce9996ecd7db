package io.thaw.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.doctor.Finding.Level;
import io.thaw.cli.doctor.Host.FileFacts;
import io.thaw.cli.doctor.Host.Ran;
import io.thaw.fuse.sys.FilesystemSpace;
import io.thaw.proto.control.v1.DiagnoseResponse;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.HostProbe;
import io.thaw.proto.control.v1.LabelsSeen;
import io.thaw.proto.control.v1.Mode;
import io.thaw.proto.control.v1.VersionResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each fault the doctor knows, on a node that has nothing but this one. containerd's
/// configurations are what `containerd config dump` of that release printed for the shipped
/// drop-in.
class DoctorTest {
  private static final String IMAGE = "registry.test/app:1";

  private FakeHost host;
  private Containerd containerd;
  private DiagnoseResponse.Builder told;
  private HostProbe.Builder upstream;
  private IOException silent;

  @BeforeEach
  void aNodeThatIsWell() {
    on("2.1");
    upstream =
        HostProbe.newBuilder()
            .setAddress("https://registry.test")
            .setCredentials("docker's config.json")
            .setFirstMicros(12_000)
            .setNextMicros(3_000)
            .setRanges(HostProbe.Ranges.HONOURED)
            .setClockAheadMillis(400);
    told =
        DiagnoseResponse.newBuilder()
            .setDaemon(VersionResponse.newBuilder().setVersion("1.0").setPid(42))
            .setRoot("/var/lib/thaw")
            .setLabels(LabelsSeen.newBuilder().setNamed(4).setNamedNanos(10))
            .setExplanation(
                ExplainResponse.newBuilder()
                    .setMode(Mode.LAZY)
                    .setReason("4 of 4 layers are in its index"));
  }

  private void on(String release) {
    host = new FakeHost(release);
    containerd =
        () ->
            new Containerd.Facts(
                "v" + release + ".0", Map.of("overlayfs", Map.of(), "thaw", Map.of()));
  }

  private List<Finding> find() throws IOException {
    DiagnoseResponse answer =
        told.getHostsCount() == 0 ? told.clone().addHosts(upstream).build() : told.build();
    return new Doctor(
            host,
            containerd,
            image -> {
              if (silent != null) {
                throw silent;
              }
              assertThat(image).isEqualTo(IMAGE);
              return answer;
            },
            new Doctor.Places(
                Path.of("/etc/thaw/config.toml"),
                FakeHost.SOCKET,
                IMAGE,
                "1.0",
                new ContainerdCheck.Options("containerd", FakeHost.CONTAINERD_CONFIG)))
        .find();
  }

  /// The only finding that is not well.
  private Finding only() throws IOException {
    List<Finding> bad =
        find().stream()
            .filter(f -> f.level() == Level.WRONG || f.level() == Level.WARNING)
            .toList();
    assertThat(bad).as("findings").hasSize(1);
    return bad.getFirst();
  }

  private void assertOnly(String check, Level level, String what, String... remedy)
      throws IOException {
    Finding finding = only();
    assertThat(finding.check()).isEqualTo(check);
    assertThat(finding.level()).isEqualTo(level);
    assertThat(finding.what()).contains(what);
    assertThat(finding.remedy()).isNotEmpty();
    assertThat(String.join("\n", finding.remedy()))
        .contains(List.of(remedy).isEmpty() ? List.of("") : List.of(remedy));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.6", "1.7", "2.1"})
  void aNodeWithTheShippedDropInIsWell(String release) throws IOException {
    on(release);
    assertThat(find())
        .allSatisfy(finding -> assertThat(finding.level()).as(finding.what()).isEqualTo(Level.OK))
        .extracting(Finding::check)
        .contains("kernel.fuse", "containerd.annotations", "registry.ranges", "image.index")
        .doesNotHaveDuplicates();
    assertThat(host.commands)
        .containsExactly(
            List.of("containerd", "--config", "/etc/containerd/config.toml", "config", "dump"));
  }

  @Test
  void aKernelThatIsTooOld() throws IOException {
    host.texts.put(Path.of("/proc/sys/kernel/osrelease"), "5.3.0\n");
    assertOnly("kernel.version", Level.WRONG, "5.3.0 is too old", "upgrade the kernel to 5.4");
  }

  @Test
  void aKernelThatDoesNotResend() throws IOException {
    host.texts.put(Path.of("/proc/sys/kernel/osrelease"), "6.8.0-45-generic\n");
    assertOnly("kernel.resend", Level.WARNING, "does not send FUSE requests again", "6.9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fuse", "overlay"})
  void aFileSystemTheKernelDoesNotKnow(String name) throws IOException {
    host.texts.put(
        Path.of("/proc/filesystems"),
        FakeHost.FILESYSTEMS.replace("\t" + name + "\n", "\tother\n"));
    assertOnly("kernel." + name, Level.WRONG, "does not know " + name, "modprobe " + name);
  }

  @Test
  void noDevice() throws IOException {
    host.files.remove(Path.of("/dev/fuse"));
    assertOnly("kernel.dev-fuse", Level.WRONG, "/dev/fuse", "mknod -m 666 /dev/fuse c 10 229");
  }

  @Test
  void aConfigurationWithWhichTheDaemonDoesNotStart() throws IOException {
    host.texts.put(Path.of("/etc/thaw/config.toml"), "[fill]\nenable = 3\n");
    assertOnly("daemon.config", Level.WRONG, "/etc/thaw/config.toml:2:", "thaw config check");
  }

  @Test
  void aConfigurationWithAKeyNobodyKnows() throws IOException {
    host.texts.put(Path.of("/etc/thaw/config.toml"), "[fill]\nenabel = true\n");
    assertOnly("daemon.config", Level.WARNING, "enabel", "thaw config check");
  }

  @Test
  void aSocketOthersMayUse() throws IOException {
    host.files.put(FakeHost.SOCKET, new FileFacts(FileFacts.Kind.SOCKET, 0, 0, 0666));
    assertOnly("daemon.socket", Level.WRONG, "mode 0666", "chmod 0600 /run/thaw/thaw.sock");
  }

  @Test
  void aSocketOfSomebodyElse() throws IOException {
    host.files.put(FakeHost.SOCKET, new FileFacts(FileFacts.Kind.SOCKET, 1000, 1000, 0600));
    assertOnly("daemon.socket", Level.WRONG, "owner 1000:1000", "chown root:root");
  }

  @Test
  void aDaemonThatIsNotThere() throws IOException {
    host.files.remove(FakeHost.SOCKET);
    silent = new IOException("thawd is not running: there is no socket /run/thaw/thaw.sock");
    List<Finding> findings = find();
    assertThat(findings)
        .filteredOn(f -> f.level() == Level.WRONG)
        .extracting(Finding::check)
        .containsExactly("daemon.socket", "daemon.answers");
    assertThat(findings)
        .filteredOn(f -> f.level() == Level.SKIPPED)
        .extracting(Finding::check)
        .containsExactly("mounts.seen", "registry");
  }

  @Test
  void aDaemonOfAnotherVersion() throws IOException {
    told.getDaemonBuilder().setVersion("0.9");
    assertOnly("daemon.answers", Level.WARNING, "thaw is 1.0", "systemctl restart thawd");
  }

  @Test
  void aDaemonWhoseMountsNobodySees() throws IOException {
    host.links.put(Path.of("/proc/42/ns/mnt"), "mnt:[2]");
    host.mountinfo(
        "/proc/42/mountinfo",
        "30 1 254:0 / / rw - ext4 /dev/vda rw",
        "31 30 254:0 /var/lib/thaw /var/lib/thaw rw master:1 - ext4 /dev/vda rw");
    assertOnly("mounts.seen", Level.WRONG, "does not share /var/lib/thaw", "Bidirectional");
  }

  @Test
  void aDaemonThatSharesItsMounts() throws IOException {
    host.links.put(Path.of("/proc/42/ns/mnt"), "mnt:[2]");
    host.mountinfo(
        "/proc/42/mountinfo",
        "30 1 254:0 / / rw - ext4 /dev/vda rw",
        "31 30 254:0 /var/lib/thaw /var/lib/thaw rw shared:7 - ext4 /dev/vda rw");
    assertThat(find()).allSatisfy(f -> assertThat(f.level()).isEqualTo(Level.OK));
  }

  @ParameterizedTest
  @CsvSource({
    "ro,ext4,rw,WRONG,read-only",
    "rw,ext4,ro,WRONG,read-only",
    "rw,overlay,rw,WRONG,cannot write",
    "rw,fuse.sshfs,rw,WRONG,cannot write",
    "rw,tmpfs,rw,WARNING,take memory"
  })
  void aDiskThatIsNoneForLayers(
      String mount, String type, String filesystem, Level level, String what) throws IOException {
    host.mountinfo(
        "/proc/self/mountinfo", "21 1 254:0 / / %s - %s x %s".formatted(mount, type, filesystem));
    assertOnly("disk.filesystem", level, what);
  }

  @Test
  void aDiskThatIsNearlyFull() throws IOException {
    host.space = new FilesystemSpace(100L << 30, 2L << 30, 6_000_000, 5_000_000);
    assertOnly("disk.space", Level.WARNING, "2.0 GiB free of 100.0 GiB", "cache.max_size_bytes");
  }

  @Test
  void aDiskWithoutInodes() throws IOException {
    host.space = new FilesystemSpace(100L << 30, 60L << 30, 6_000_000, 0);
    assertOnly("disk.inodes", Level.WRONG, "0 inodes free of 6,000,000", "crictl rmi --prune");
  }

  @Test
  void containerdIsNotThere() throws IOException {
    containerd =
        () -> {
          throw new IOException("containerd is not running: nobody listens at /run/c.sock");
        };
    assertOnly("containerd.running", Level.WRONG, "not running", "systemctl start containerd");
  }

  @Test
  void containerdIsOld() throws IOException {
    on("1.6");
    containerd = () -> new Containerd.Facts("1.5.9", Map.of("thaw", Map.of()));
    assertOnly("containerd.running", Level.WARNING, "1.5.9", "upgrade");
  }

  @Test
  void containerdHasNoConfiguration() throws IOException {
    host.files.remove(FakeHost.CONTAINERD_CONFIG);
    assertOnly("containerd.config", Level.WRONG, "there is no /etc/containerd/config.toml");
  }

  @Test
  void containerdCannotReadItsConfiguration() throws IOException {
    host.dump =
        new Ran(
            1,
            "",
            "containerd: failed to load TOML: /etc/containerd/config.toml: (2, 2): unexpected token\n");
    assertOnly("containerd.config", Level.WRONG, "failed to load TOML", "config dump");
  }

  @Test
  void containerdsProgramIsElsewhere() throws IOException {
    host.noProgram = new IOException("Cannot run program \"containerd\"");
    assertOnly("containerd.config", Level.WARNING, "not checked", "--containerd");
  }

  @Test
  void aDropInOfAnotherVersionThanTheConfiguration() throws IOException {
    host.dump = new Ran(0, host.dump.out(), FakeHost.golden("containerd-2.1-mixed.err"));
    assertOnly(
        "containerd.config",
        Level.WARNING,
        "ignores what /etc/containerd/config.toml and its imports say of: io.containerd.grpc.v1.cri containerd",
        "config migrate");
  }

  @ParameterizedTest
  @CsvSource({"1.6,version = 2", "1.7,version = 2", "2.1,version = 3"})
  void containerdDoesNotKnowTheDaemon(String release, String format) throws IOException {
    on(release);
    host.changeDump("[proxy_plugins.thaw]", "[proxy_plugins.other]");
    if (release.equals("1.6")) {
      host.changeDump("/run/thaw/thaw.sock", "/run/other.sock");
    } else {
      host.changeDump("[proxy_plugins.thaw.exports]", "[proxy_plugins.other.exports]");
      host.changeDump("/run/thaw/thaw.sock", "/run/other.sock");
    }
    assertOnly(
        "containerd.plugin",
        Level.WRONG,
        "does not know thawd",
        format,
        "[proxy_plugins.thaw]",
        "address = \"/run/thaw/thaw.sock\"",
        "disable_snapshot_annotations = false",
        "systemctl restart containerd");
  }

  @Test
  void containerdLooksForTheDaemonElsewhere() throws IOException {
    host.changeDump("/run/thaw/thaw.sock", "/run/thaw-old.sock");
    assertOnly(
        "containerd.plugin",
        Level.WRONG,
        "looks for thaw (type snapshot) at /run/thaw-old.sock",
        "address = \"/run/thaw/thaw.sock\"");
  }

  @Test
  void containerdWasNotRestarted() throws IOException {
    containerd = () -> new Containerd.Facts("v2.1.9", Map.of("overlayfs", Map.of()));
    assertOnly("containerd.plugin", Level.WRONG, "has only: overlayfs", "systemctl restart");
  }

  @ParameterizedTest
  @CsvSource({
    "1.6,snapshotter = \"thaw\",[plugins.\"io.containerd.grpc.v1.cri\".containerd]",
    "1.7,snapshotter = \"thaw\",[plugins.\"io.containerd.grpc.v1.cri\".containerd]",
    "2.1,snapshotter = 'thaw',[plugins.\"io.containerd.cri.v1.images\"]"
  })
  void podsUseAnotherSnapshotter(String release, String line, String section) throws IOException {
    on(release);
    // The first place is CRI's, as the golden files have it.
    host.dump =
        new Ran(0, host.dump.out().replaceFirst(line, line.replace("thaw", "overlayfs")), "");
    assertOnly("containerd.cri", Level.WARNING, "overlayfs, not thaw", section);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.6", "1.7", "2.1"})
  void containerdDoesNotSayWhichImageItPulls(String release) throws IOException {
    on(release);
    host.changeDump("disable_snapshot_annotations = false", "disable_snapshot_annotations = true");
    assertOnly(
        "containerd.annotations",
        Level.WRONG,
        "disable_snapshot_annotations",
        "disable_snapshot_annotations = false");
  }

  @Test
  void criIsSwitchedOff() throws IOException {
    host.changeDump("disabled_plugins = []", "disabled_plugins = ['io.containerd.cri.v1.images']");
    assertThat(find())
        .filteredOn(f -> f.level() == Level.SKIPPED)
        .extracting(Finding::check)
        .containsExactly("containerd.cri");
  }

  @Test
  void theTransferServiceDoesNotSayWhichImageItPulls() throws IOException {
    host.changeDump("enable_remote_snapshot_annotations = 'true'", "");
    assertOnly(
        "containerd.transfer",
        Level.WARNING,
        "not lazy",
        "enable_remote_snapshot_annotations = \"true\"");
  }

  @Test
  void theTransferServiceDoesNotUnpackForUs() throws IOException {
    int last = host.dump.out().lastIndexOf("snapshotter = 'thaw'");
    host.dump =
        new Ran(
            0,
            host.dump.out().substring(0, last)
                + host.dump
                    .out()
                    .substring(last)
                    .replace("snapshotter = 'thaw'", "snapshotter = 'x'"),
            "");
    assertOnly("containerd.transfer", Level.WARNING, "not lazy", "unpack_config", "\"thaw\"");
  }

  @Test
  void containerdAskedWithoutLabels() throws IOException {
    told.getLabelsBuilder().setUnnamed(1).setUnnamedNanos(20);
    assertOnly("containerd.labels", Level.WARNING, "without saying of which image");
  }

  @Test
  void labelsThatCameSinceAreWell() throws IOException {
    told.getLabelsBuilder().setUnnamed(1).setUnnamedNanos(5);
    assertThat(find()).allSatisfy(f -> assertThat(f.level()).isEqualTo(Level.OK));
  }

  @ParameterizedTest
  @CsvSource({
    "unreachable,curl -v https://registry.test/v2/",
    "untrusted,/etc/containerd/certs.d/registry.test/hosts.toml",
    "refused,plain_http_hosts = [\"registry.test\"]",
    "not_found,pushed there",
    "rate_limited,mirror",
    "server,the log of the registry"
  })
  void aRegistryThatFails(String failure, String remedy) throws IOException {
    fail(failure);
    assertOnly("registry.reachable", Level.WRONG, "it went wrong", remedy);
  }

  private void fail(String failure) {
    upstream.setFailure(failure).setFailureMessage("it went wrong").clearNextMicros();
    upstream.setRanges(HostProbe.Ranges.RANGES_UNSPECIFIED);
    told.clearExplanation().setExplanationError("it went wrong");
  }

  @Test
  void aLoginThatIsRefused() throws IOException {
    fail("unauthorized");
    List<Finding> wrong = find().stream().filter(f -> f.level() == Level.WRONG).toList();
    assertThat(wrong)
        .extracting(Finding::check)
        .containsExactly("registry.reachable", "registry.credentials");
    assertThat(wrong.getLast().what()).contains("refuses the login from docker's config.json");
  }

  @Test
  void aLoginThatIsMissing() throws IOException {
    fail("unauthorized");
    upstream.setCredentials("anonymous; no login for registry.test in: docker's config.json");
    Finding login =
        find().stream().filter(f -> f.check().equals("registry.credentials")).findFirst().get();
    assertThat(login.what()).contains("wants a login, and there is none");
    assertThat(login.remedy().getFirst()).contains("docker login");
  }

  @Test
  void aMirrorThatIsDeadIsNoDisaster() throws IOException {
    told.addHosts(
            HostProbe.newBuilder()
                .setAddress("http://mirror:5000")
                .setMirror(true)
                .setFailure("unreachable")
                .setFailureMessage("cannot be reached"))
        .addHosts(upstream);
    assertOnly("registry.reachable", Level.WARNING, "http://mirror:5000 (mirror)", "curl -v");
  }

  @Test
  void aMirrorThatDoesNotHaveTheImageIsWell() throws IOException {
    told.addHosts(
            HostProbe.newBuilder()
                .setAddress("http://mirror:5000")
                .setMirror(true)
                .setFailure("not_found"))
        .addHosts(upstream);
    assertThat(find()).allSatisfy(f -> assertThat(f.level()).isEqualTo(Level.OK));
  }

  @Test
  void hostsThatCannotBeTold() throws IOException {
    told.setHostsError("hosts.toml: line 3: no table");
    assertOnly("registry.hosts", Level.WRONG, "line 3", "hosts.toml");
  }

  @Test
  void aRegistryThatIgnoresRanges() throws IOException {
    upstream.setRanges(HostProbe.Ranges.IGNORED);
    assertOnly("registry.ranges", Level.WRONG, "ignores ranges", "proxy_force_ranges");
  }

  @Test
  void aRegistryWithoutTheLayer() throws IOException {
    upstream.setRanges(HostProbe.Ranges.REFUSED);
    assertOnly("registry.ranges", Level.WRONG, "refuses the layer's bytes", "push");
  }

  @Test
  void aRegistryThatIsFarAway() throws IOException {
    upstream.setNextMicros(2_500_000);
    assertOnly("registry.ranges", Level.WARNING, "2500.0 ms", "mirror");
  }

  @ParameterizedTest
  @CsvSource({"-60000,WARNING,60 s behind", "900000,WRONG,900 s ahead"})
  void aClockThatIsWrong(long ahead, Level level, String what) throws IOException {
    upstream.setClockAheadMillis(ahead);
    assertOnly("clock.skew", level, what, "timedatectl");
  }

  @Test
  void anImageWithoutAnIndex() throws IOException {
    told.getExplanationBuilder()
        .setMode(Mode.DEFERRED)
        .setReason("it has no index")
        .addAdvice("thaw convert registry://a registry://a-soci");
    assertOnly("image.index", Level.WARNING, "it has no index", "thaw convert");
  }

  @Test
  void whatOthersSayCannotDisturbTheTerminal() throws IOException {
    fail("server");
    upstream.setFailureMessage("bad\n\u001b[2Jnews\u202e");
    FindingsText text = new FindingsText(find());
    StringWriter out = new StringWriter();
    text.print(new PrintWriter(out, true), true);
    assertThat(out.toString()).contains("bad??[2Jnews?").doesNotContain("\u001b");
    assertThat(text.json().path("findings").get(0).path("check").asText())
        .isEqualTo("kernel.version");
    assertThat(text.json().path("wrong").asInt()).isEqualTo(1);
  }
}
