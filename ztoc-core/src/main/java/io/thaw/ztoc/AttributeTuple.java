package io.thaw.ztoc;

import java.nio.ByteBuffer;

/// The attributes that many entries share, in a form that can be compared bytewise.
///
/// @param userName number of the name in the pool of owner names
record AttributeTuple(
    long mode, int uid, int gid, int userName, int groupName, long deviceMajor, long deviceMinor) {
  static final int BYTES = 40;

  void encode(byte[] dst) {
    ByteBuffer.wrap(dst)
        .putLong(mode)
        .putInt(uid)
        .putInt(gid)
        .putInt(userName)
        .putInt(groupName)
        .putLong(deviceMajor)
        .putLong(deviceMinor);
  }

  static AttributeTuple decode(byte[] src) {
    ByteBuffer in = ByteBuffer.wrap(src);
    return new AttributeTuple(
        in.getLong(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getLong(),
        in.getLong());
  }
}
