package io.thaw.fuse.handover;

import java.util.List;

/// Holds nothing: mounts end with the daemon.
final class NoStore implements DescriptorStore {
  static final NoStore INSTANCE = new NoStore();

  private NoStore() {}

  @Override
  public String kind() {
    return "none";
  }

  @Override
  public boolean outlives() {
    return false;
  }

  @Override
  public List<Kept> take() {
    return List.of();
  }

  @Override
  public void keep(String name, int descriptor) {}

  @Override
  public void forget(String name) {}

  @Override
  public void end() {}

  @Override
  public void close() {}
}
