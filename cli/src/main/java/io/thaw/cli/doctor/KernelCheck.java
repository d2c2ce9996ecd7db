package io.thaw.cli.doctor;

import io.thaw.cli.doctor.Host.FileFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The kernel: its version, FUSE, overlayfs.
final class KernelCheck {
  private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");
  private static final Path FILESYSTEMS = Path.of("/proc/filesystems");
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Pattern VERSION =
      Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*", Pattern.DOTALL);

  /// FUSE protocol 7.31.
  private static final Version OLDEST = new Version(5, 4);

  /// FUSE_NOTIFY_RESEND and FUSE passthrough.
  private static final Version RESENDS = new Version(6, 9);

  /// Mounts of FUSE with mapped ids.
  private static final Version MAPS_IDS = new Version(6, 12);

  private final Host host;

  KernelCheck(Host host) {
    this.host = host;
  }

  private record Version(int major, int minor) {
    boolean isBefore(Version other) {
      return major < other.major || (major == other.major && minor < other.minor);
    }

    @Override
    public String toString() {
      return major + "." + minor;
    }
  }

  List<Finding> find() throws IOException {
    List<Finding> findings = new ArrayList<>(version());
    Set<String> filesystems =
        host.text(FILESYSTEMS)
            .orElse("")
            .lines()
            .map(line -> line.substring(line.indexOf('\t') + 1).strip())
            .collect(Collectors.toSet());
    findings.add(filesystem(filesystems, "fuse", "no layer can be mounted", "CONFIG_FUSE_FS"));
    findings.add(device());
    findings.add(
        filesystem(filesystems, "overlay", "no container can be mounted", "CONFIG_OVERLAY_FS"));
    return findings;
  }

  private List<Finding> version() throws IOException {
    String release = host.text(RELEASE).orElse("").strip();
    Matcher matcher = VERSION.matcher(release);
    if (!matcher.matches()) {
      return List.of(Finding.skipped("kernel.version", "no version of Linux in " + RELEASE));
    }
    Version version =
        new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    if (version.isBefore(OLDEST)) {
      return List.of(
          Finding.wrong(
              "kernel.version",
              "Linux %s is too old: its FUSE protocol is before 7.31".formatted(release),
              "upgrade the kernel to %s or later, better %s".formatted(OLDEST, RESENDS)));
    }
    return List.of(
        Finding.ok("kernel.version", "Linux " + release),
        version.isBefore(RESENDS)
            ? Finding.warning(
                "kernel.resend",
                "Linux %s does not send FUSE requests again (6.9 does): a read that is being answered while thawd ends waits for ever"
                    .formatted(version),
                "upgrade the kernel to %s or later".formatted(RESENDS))
            : Finding.ok(
                "kernel.resend",
                "FUSE requests are sent again after a restart; FUSE passthrough is there, too"),
        version.isBefore(MAPS_IDS)
            ? Finding.ok(
                "kernel.idmap",
                "no lazy layers for pods with hostUsers: false before Linux %s; all others are lazy"
                    .formatted(MAPS_IDS))
            : Finding.ok("kernel.idmap", "lazy layers can be mounted with mapped ids"));
  }

  private static Finding filesystem(
      Set<String> known, String name, String consequence, String option) {
    String check = "kernel." + name;
    return known.contains(name)
        ? Finding.ok(check, "the kernel knows " + name)
        : Finding.wrong(
            check,
            "the kernel does not know %s: %s".formatted(name, consequence),
            "modprobe " + name,
            "echo %s > /etc/modules-load.d/thaw-%s.conf".formatted(name, name),
            "if there is no such module, the kernel has to be built with " + option);
  }

  private Finding device() throws IOException {
    Optional<FileFacts> device = host.file(DEVICE);
    return device.isPresent() && device.get().kind() == FileFacts.Kind.CHARACTER_DEVICE
        ? Finding.ok("kernel.dev-fuse", DEVICE + " is there")
        : Finding.wrong(
            "kernel.dev-fuse",
            DEVICE + " is missing, or no device: no layer can be mounted",
            "modprobe fuse",
            "in a container: give it the device, as with --device /dev/fuse",
            "else: mknod -m 666 /dev/fuse c 10 229");
  }
}
