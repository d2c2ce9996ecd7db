/// `./dev demo`: one image started twice on this machine, lazily and the ordinary way, behind the
/// same link.
@NullMarked
package io.thaw.bench.demo;

import org.jspecify.annotations.NullMarked;
