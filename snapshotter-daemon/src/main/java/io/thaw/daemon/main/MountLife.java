package io.thaw.daemon.main;

import io.thaw.config.FuseConfig;
import io.thaw.daemon.layer.LayerMounter;
import io.thaw.fuse.FuseBackend;
import io.thaw.fuse.FuseCounters;
import io.thaw.fuse.MountOptions;
import io.thaw.fuse.backend.FuseBackends;
import io.thaw.fuse.handover.DescriptorStore;
import io.thaw.fuse.handover.Keeper;
import io.thaw.fuse.handover.KeeperStore;
import io.thaw.fuse.handover.SystemdStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The mounts of layers, from the daemon before to the daemon after.
///
/// Closing leaves them to the next daemon, so that a start that fails and a stop that is not meant
/// for good cost no container its files; {@link #endWithDaemon} makes it unmount them instead.
final class MountLife implements AutoCloseable {
  /// Set to `systemd` by a unit with `FileDescriptorStoreMax=`; systemd itself tells only from
  /// version 254 on, with `FDSTORE`.
  static final String UNIT_VARIABLE = "THAW_HANDOVER";

  private static final Logger LOG = LoggerFactory.getLogger(MountLife.class);
  /// What the names of descriptors of mounts begin with.
  static final String NAME_PREFIX = "thaw-mount.";

  private final FuseBackend backend;
  private final LayerMounter mounter;
  private final ProcMounts mounts;
  private volatile boolean endWithDaemon;

  private MountLife(FuseBackend backend, ProcMounts mounts) {
    this.backend = backend;
    this.mounter = new LayerMounter(backend, MountOptions.defaults());
    this.mounts = mounts;
  }

  /// Takes up what the daemon before left and ends what it did not leave properly.
  ///
  /// @param root of the store, by its real path; its lock is held
  static MountLife begin(
      FuseConfig config,
      Map<String, String> environment,
      Path root,
      ProcMounts mounts,
      FuseCounters counters)
      throws IOException {
    FuseBackend backend =
        FuseBackends.open(
            config.backend().name().toLowerCase(Locale.ROOT),
            store(config, environment, root),
            root,
            counters);
    MountLife life = new MountLife(backend, mounts);
    try {
      life.detachDead(root);
    } catch (IOException | RuntimeException e) {
      life.close();
      throw e;
    }
    return life;
  }

  private static DescriptorStore store(
      FuseConfig config, Map<String, String> environment, Path root) throws IOException {
    if (config.backend() != FuseConfig.Backend.KERNEL) {
      return DescriptorStore.none();
    }
    return switch (config.handover()) {
      case NONE -> DescriptorStore.none();
      case SYSTEMD -> SystemdStore.open(environment, NAME_PREFIX);
      case KEEPER -> wantedKeeper(root);
      case AUTO ->
          hasUnitStore(environment) ? SystemdStore.open(environment, NAME_PREFIX) : keeper(root);
    };
  }

  private static boolean hasUnitStore(Map<String, String> environment) {
    return environment.getOrDefault("FDSTORE", "0").matches("[1-9][0-9]*")
        || environment.getOrDefault(UNIT_VARIABLE, "").equals("systemd");
  }

  /// A keeper that the configuration asks for by name.
  private static DescriptorStore wantedKeeper(Path root) throws IOException {
    try {
      return KeeperStore.open(Keeper.of(root));
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          "fuse.handover is \"keeper\", and this host cannot run one: %s; set it to \"systemd\" where the unit has FileDescriptorStoreMax, or to \"auto\""
              .formatted(e.getMessage()),
          e);
    }
  }

  private static DescriptorStore keeper(Path root) {
    try {
      return KeeperStore.open(Keeper.of(root));
    } catch (IOException | UnsupportedOperationException e) {
      LOG.atWarn()
          .setCause(e)
          .log(
              "no keeper can be started: running containers lose their lazy layers when the daemon"
                  + " ends");
      return DescriptorStore.none();
    }
  }

  private void detachDead(Path root) throws IOException {
    Set<Path> left = mounter.adoptable();
    int dead = mounts.detachServed(root, left);
    if (dead > 0) {
      LOG.atInfo().addKeyValue("mounts", dead).log("detached mounts of an earlier daemon");
    }
    if (!left.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("mounts", left.size())
          .addKeyValue("handover", backend.handover().orElseThrow().kind())
          .log("taking over mounts of an earlier daemon");
    }
  }

  LayerMounter mounter() {
    return mounter;
  }

  /// Everything that is still wanted was adopted: the rest ends.
  void restored() throws IOException {
    Set<Path> unwanted = mounter.adoptable();
    mounter.dropAdoptable();
    for (Path mountpoint : unwanted) {
      LOG.atInfo().addKeyValue("mountpoint", mountpoint.toString()).log("nobody needs this mount");
      mounts.detach(mountpoint);
    }
  }

  /// Closing unmounts from now on.
  void endWithDaemon() {
    endWithDaemon = true;
  }

  @Override
  public void close() throws IOException {
    try (backend) {
      if (endWithDaemon || !mounter.leave()) {
        mounter.close();
      }
    }
  }
}
