package io.thaw.index.zstd;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.thaw.ztoc.zstd.FrameDecoder;
import io.thaw.ztoc.zstd.FrameDecoders;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Decodes frames with zstd's own library, through zstd-jni.
///
/// Native memory: about 160 KiB, and the largest window decoded so far.
public final class NativeFrameDecoder implements FrameDecoder {
  /// Makes decoders of this kind.
  public static final FrameDecoders DECODERS = NativeFrameDecoder::open;

  private final ZstdDecompressCtx context = new ZstdDecompressCtx();

  private NativeFrameDecoder() {}

  private static FrameDecoder open() throws IOException {
    try {
      return new NativeFrameDecoder();
    } catch (LinkageError e) {
      throw new IOException(
          "zstd's native library cannot be loaded. It is unpacked into the temporary directory,"
              + " which has to allow programs; name another by -DZstdTempFolder=DIR",
          e);
    }
  }

  @Override
  public void reset() {
    context.reset();
  }

  @Override
  public boolean decode(ByteBuffer src, ByteBuffer dst) throws IOException {
    try {
      return context.decompressByteBufferStream(dst, src);
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errMemoryAllocation()) {
        throw new IOException("zstd got no memory to decode a frame with", e);
      }
      throw new BrokenFrameException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
