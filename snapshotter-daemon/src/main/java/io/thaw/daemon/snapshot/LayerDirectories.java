package io.thaw.daemon.snapshot;

import io.thaw.daemon.cover.LayerFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Layers as directories.
public interface LayerDirectories {

  /// The directory with all files of the layer; empty while bytes are still to come.
  ///
  /// @throws IOException if there is no such layer
  Optional<Path> settled(int layer) throws IOException;

  /// The directories of the layer that depend on what lies below it; empty if none do.
  ///
  /// @throws IOException if there is no such layer
  Optional<LayerFrame> frame(int layer) throws IOException;

  /// Makes the lazy layer visible at `mountpoint`, an existing directory. Does nothing if it is
  /// visible there and alive; replaces a dead mount.
  ///
  /// @param quickXattrs see [io.thaw.fuse.LayerFilesystem]
  void ensureMounted(int layer, Path mountpoint, boolean quickXattrs) throws IOException;

  /// Goes on serving the layer at `mountpoint` if an earlier daemon left it mounted there, also one
  /// that is settled by now: containers that run see it still. Does nothing otherwise.
  ///
  /// @param quickXattrs see [io.thaw.fuse.LayerFilesystem]
  void adopt(int layer, Path mountpoint, boolean quickXattrs) throws IOException;

  /// Ends what [#ensureMounted] began, and whatever else is mounted there.
  void unmount(Path mountpoint) throws IOException;

  /// Disk space the layer takes now.
  ///
  /// @throws IOException if there is no such layer
  Usage usage(int layer) throws IOException;

  /// Numbers of all layers on this node.
  List<Integer> numbers();

  /// Removes the layer unless it is leased or `unused` says no. `unused` is asked while no lease
  /// can be taken. Does nothing if there is no such layer. Its files go some time later.
  void removeIf(int layer, Unused unused) throws IOException;

  /// Waits until the files of removed layers are gone.
  ///
  /// @throws IOException if some cannot be deleted
  void awaitRemovals() throws IOException;

  /// A snapshot on top of the layer is being mounted, or the layer is pulled. Never fails: it only
  /// decides what is given up first when room is needed.
  void used(int layer);

  /// Tells whether no snapshot shows a layer.
  @FunctionalInterface
  interface Unused {
    boolean check() throws IOException;
  }
}
