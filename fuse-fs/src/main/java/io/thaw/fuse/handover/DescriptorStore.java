package io.thaw.fuse.handover;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/// Holds descriptors on behalf of the next daemon. Safe for use by many threads.
///
/// A name is of printable ASCII without `:`, at most {@link #MAX_NAME} long, and stands for one
/// descriptor.
public interface DescriptorStore extends Closeable {

  /// The longest name.
  int MAX_NAME = 255;

  /// A descriptor of the daemon before.
  ///
  /// @param descriptor belongs to whoever takes it
  record Kept(String name, int descriptor) {}

  /// What holds them, for the log.
  String kind();

  /// Whether what is kept outlives this process.
  default boolean outlives() {
    return true;
  }

  /// What the daemon before left; its descriptors are the caller's from now on, and stay in the
  /// store until {@link #forget} or {@link #end}. To be called once, before {@link #keep}.
  List<Kept> take() throws IOException;

  /// Holds `descriptor` too, which stays open here until {@link #forget} was called with its name.
  ///
  /// @throws IOException if it cannot be held; it would not survive this process
  void keep(String name, int descriptor) throws IOException;

  /// Lets go of it, so that it is closed as soon as nobody here has it open. Does nothing if there
  /// is none.
  void forget(String name) throws IOException;

  /// Lets go of everything.
  void end() throws IOException;

  /// Leaves everything to the next daemon.
  @Override
  void close() throws IOException;

  /// Holds nothing.
  static DescriptorStore none() {
    return NoStore.INSTANCE;
  }
}
