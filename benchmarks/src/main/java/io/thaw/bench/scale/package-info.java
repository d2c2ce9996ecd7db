/// Many nodes that start one image at once, simulated: what a registry, mirrors and peers make of
/// it. Fed with what the other benchmarks measured of one node; measures nothing itself.
@NullMarked
package io.thaw.bench.scale;

import org.jspecify.annotations.NullMarked;
