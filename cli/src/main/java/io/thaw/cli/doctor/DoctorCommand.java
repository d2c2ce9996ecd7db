package io.thaw.cli.doctor;

import io.thaw.cli.containerd.ContainerdAddress;
import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.daemon.DaemonClient;
import io.thaw.cli.daemon.DaemonOption;
import io.thaw.cli.doctor.Finding.Level;
import io.thaw.cli.options.GlobalOptions;
import io.thaw.config.Config;
import io.thaw.config.ConfigException;
import io.thaw.proto.control.v1.DiagnoseResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `thaw doctor`.
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Look for what keeps containers of this node from starting lazily, and say what to do.",
      "",
      "Looks at the kernel, thawd, its disk and its mounts, containerd and its configuration, and"
          + " with IMAGE at the hosts of its registry, logins, clocks and its index. Changes"
          + " nothing. Needs root."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw doctor",
      "  thaw doctor --all registry.example.com/team/app:1",
      "  thaw doctor --json | jq '.findings[] | select(.level == \"wrong\")'",
      "",
      "Exit codes: 0 all is well, 1 something is wrong, 2 wrong usage, 3 nothing is wrong, but"
          + " there are warnings."
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final int WRONG = 1;
  private static final int WARNINGS = 3;
  private static final String SCHEME = "registry://";

  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private DaemonOption daemon = new DaemonOption();

  @Parameters(
      arity = "0..1",
      paramLabel = "IMAGE",
      description = "An image whose registry is tried (default: none).")
  private String image = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "thawd's configuration (default: ${DEFAULT-VALUE}).")
  private Path config = Config.DEFAULT_PATH;

  @Option(
      names = "--containerd",
      paramLabel = "PROGRAM",
      defaultValue = "containerd",
      description =
          "containerd's program, which is asked for its configuration (default:"
              + " ${DEFAULT-VALUE}).")
  private String program = "containerd";

  @Option(
      names = "--containerd-config",
      paramLabel = "FILE",
      defaultValue = "/etc/containerd/config.toml",
      description = "containerd's configuration (default: ${DEFAULT-VALUE}).")
  private Path containerdConfig = Path.of("/etc/containerd/config.toml");

  @Option(names = "--all", description = "Show what is fine, too.")
  private boolean all;

  @Option(names = "--json", description = "Print JSON, with everything.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path socket = socket();
    FindingsText findings =
        new FindingsText(
            new Doctor(
                    new LocalHost(),
                    this::askContainerd,
                    asked -> askDaemon(socket, asked),
                    new Doctor.Places(
                        config,
                        socket,
                        image.startsWith(SCHEME) ? image.substring(SCHEME.length()) : image,
                        version(),
                        new ContainerdCheck.Options(program, containerdConfig)))
                .find());
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(findings.json().toPrettyString());
    } else {
      findings.print(out, all);
    }
    if (findings.count(Level.WRONG) > 0) {
      return WRONG;
    }
    return findings.count(Level.WARNING) > 0 ? WARNINGS : 0;
  }

  /// A configuration that cannot be read is a finding, and no reason to stop before it is made.
  private Path socket() throws IOException {
    try {
      return daemon.path(System.getenv(), config).normalize();
    } catch (ConfigException e) {
      return Config.defaults().address();
    }
  }

  private static DiagnoseResponse askDaemon(Path socket, String image) throws IOException {
    try (DaemonClient client = DaemonClient.connect(socket)) {
      return client.diagnose(image);
    }
  }

  private Containerd.Facts askContainerd() throws IOException {
    GlobalOptions global = GlobalOptions.of(spec);
    ContainerdAddress address;
    try {
      address =
          ContainerdAddress.of(
              global.address(), global.namespace(), global.timeout(), System.getenv());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    try (ContainerdClient client = ContainerdClient.connect(address)) {
      return new Containerd.Facts(client.version(), client.snapshotters());
    }
  }

  private static String version() {
    String version = DoctorCommand.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
