package io.thaw.cli;

import io.thaw.cli.containerd.ContainerdAddress;
import io.thaw.cli.containerd.ContainerdClient;
import io.thaw.cli.containerd.ContainerdSource;
import io.thaw.cli.containerd.ContainerdTarget;
import io.thaw.cli.options.GlobalOptions;
import io.thaw.cli.options.RegistryOptions;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.ImageTarget;
import io.thaw.index.oci.LayoutFormat;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.place.LayoutSource;
import io.thaw.index.place.LayoutTarget;
import io.thaw.index.place.RegistrySource;
import io.thaw.index.place.RegistryTarget;
import io.thaw.registry.RegistryClient;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The connections one command needs, each made when it is first asked for. For one thread.
final class Connections implements Closeable {
  private final Shell shell;
  private final CommandSpec spec;
  private final RegistryOptions options;
  private final Set<String> hosts;
  private @Nullable RegistryClient registry;
  private @Nullable ContainerdClient containerd;

  /// @param hosts the registries the command line names; its login is for them
  Connections(CommandSpec spec, RegistryOptions options, Set<String> hosts) {
    this.shell = Shell.of(spec);
    this.spec = spec;
    this.options = options;
    this.hosts = Set.copyOf(hosts);
  }

  /// Connections for a command that speaks to no registry.
  static Connections local(CommandSpec spec) {
    return new Connections(spec, new RegistryOptions(), Set.of());
  }

  /// Connections for a command that works on these places.
  static Connections to(CommandSpec spec, RegistryOptions options, Place... places) {
    return new Connections(
        spec,
        options,
        Stream.of(places)
            .map(Place::registryHost)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet()));
  }

  RegistryClient registry() {
    RegistryClient client = registry;
    if (client == null) {
      client = options.client(spec, hosts);
      registry = client;
    }
    return client;
  }

  ContainerdClient containerd() throws IOException {
    ContainerdClient client = containerd;
    if (client == null) {
      client = ContainerdClient.connect(address());
      containerd = client;
    }
    return client;
  }

  /// Where containerd listens, if it is there.
  ContainerdAddress address() {
    GlobalOptions global = shell.global();
    try {
      return ContainerdAddress.of(
          global.address(), global.namespace(), global.timeout(), System.getenv());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// Opens an image; the caller closes it before these connections.
  ImageSource source(Place place) throws IOException {
    return switch (place) {
      case Place.Layout layout -> LayoutSource.open(layout.path());
      case Place.Registry image -> new RegistrySource(registry(), image.reference());
      case Place.Containerd image -> ContainerdSource.open(containerd(), image.name());
    };
  }

  /// A place to write an image to.
  ///
  /// @param parallel how many blobs are sent to a registry at once
  ImageTarget target(Place place, LayoutFormat format, int parallel, WriteProgress progress)
      throws IOException {
    try {
      return switch (place) {
        case Place.Layout layout -> LayoutTarget.at(layout.path(), format);
        case Place.Registry image ->
            new RegistryTarget(registry(), image.reference(), parallel, progress);
        case Place.Containerd image -> new ContainerdTarget(containerd(), image.name());
      };
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /// Where indexes are kept, as `--content-store` says.
  Artifacts artifacts() throws IOException {
    return switch (shell.global().contentStore()) {
      case OWN -> OwnArtifacts.open(shell.global().root());
      case CONTAINERD -> new ContainerdArtifacts(containerd());
    };
  }

  @Override
  public void close() {
    if (registry != null) {
      registry.close();
    }
    if (containerd != null) {
      containerd.close();
    }
  }
}
