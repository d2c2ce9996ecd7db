package io.thaw.daemon.layer;

import io.thaw.daemon.fetch.ParallelDownloads;
import io.thaw.ztoc.ZtocBuilder;
import io.thaw.ztoc.ZtocOptions;
import io.thaw.ztoc.zstd.FrameDecoders;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/// What layers that are unpacked at once share.
///
/// @param downloads how their bytes come
/// @param decompressors other programs to decompress with
/// @param ztocs what zTOCs made on the way are made with; their scratch files lie in the layer's
///     directory
/// @param scans how many zTOCs may be made at a time; each takes heap
/// @param frames decode zstd layers
/// @param threads run the halves of an unpacking; never wait for each other's turn
record EagerLayers(
    ParallelDownloads downloads,
    Decompressors decompressors,
    ZtocOptions ztocs,
    Semaphore scans,
    FrameDecoders frames,
    ExecutorService threads)
    implements AutoCloseable {

  static EagerLayers of(
      ParallelDownloads downloads, Decompressors decompressors, FrameDecoders frames) {
    // As many as there are layers of an image at a time, if no other number is configured.
    int wanted = Math.max(2, Runtime.getRuntime().availableProcessors()) + 1;
    int scans = ZtocBuilder.buildsThatFit(Runtime.getRuntime().maxMemory() / 2, wanted);
    return new EagerLayers(
        downloads,
        decompressors,
        ZtocOptions.DEFAULT,
        new Semaphore(scans),
        frames,
        Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("thaw-unpack-", 0).factory()));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
