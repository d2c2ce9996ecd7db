/// containerd's stores as places for images: reading an image, writing one, and keeping SOCI
/// indexes beside an image so that they live exactly as long as it does.
///
/// Everything goes over containerd's own gRPC socket; its files are never touched. Which labels
/// keep what alive stands in [GcLabels].
@NullMarked
package io.thaw.cli.containerd;

import org.jspecify.annotations.NullMarked;
