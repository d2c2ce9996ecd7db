package io.thaw.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Builds requests and takes replies apart byte by byte, by the numbers of the kernel's header
/// rather than our layout classes.
final class RawRequests {
  private final FuseProtocol protocol;
  private final Exchange exchange = new Exchange(Arena.ofAuto());
  private long unique = 100;

  RawRequests(FuseProtocol protocol) {
    this.protocol = protocol;
  }

  /// A reply: its error, and its body.
  record Reply(int result, int error, ByteBuffer body) {}

  Exchange exchange() {
    return exchange;
  }

  static ByteBuffer body(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] name(String name) {
    return (name + "\0").getBytes(StandardCharsets.UTF_8);
  }

  Reply send(int opcode, long nodeId, byte[] body) {
    ByteBuffer request = ByteBuffer.allocate(40 + body.length).order(ByteOrder.LITTLE_ENDIAN);
    request
        .putInt(40 + body.length)
        .putInt(opcode)
        .putLong(++unique)
        .putLong(nodeId)
        .putInt(0)
        .putInt(0)
        .putInt(1)
        .putInt(0)
        .put(body);
    return send(request.array());
  }

  Reply send(byte[] request) {
    MemorySegment.copy(request, 0, exchange.request, ValueLayout.JAVA_BYTE, 0, request.length);
    int result = protocol.serve(exchange, request.length);
    if (result <= 0) {
      return new Reply(result, 0, body(0));
    }
    ByteBuffer reply =
        ByteBuffer.wrap(exchange.reply.asSlice(0, result).toArray(ValueLayout.JAVA_BYTE))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (reply.getInt(0) != result || reply.getLong(8) != unique) {
      throw new AssertionError(
          "a reply of "
              + result
              + " bytes says it has "
              + reply.getInt(0)
              + ", and is for request "
              + reply.getLong(8));
    }
    return new Reply(
        result, -reply.getInt(4), reply.slice(16, result - 16).order(ByteOrder.LITTLE_ENDIAN));
  }

  Reply init(int major, int minor, int flags, int flags2) {
    return send(
        26,
        0,
        body(64).putInt(major).putInt(minor).putInt(131072).putInt(flags).putInt(flags2).array());
  }

  Reply read(int opcode, long nodeId, long offset, int size) {
    return send(opcode, nodeId, body(40).putLong(0).putLong(offset).putInt(size).array());
  }

  Reply xattr(long nodeId, int size, String name) {
    byte[] raw = name(name);
    return send(22, nodeId, body(8 + raw.length).putInt(size).putInt(0).put(raw).array());
  }
}
