/// The images that benchmarks start: Python with its large libraries, made of wheels, kept in the
/// storage of a registry.
@NullMarked
package io.thaw.bench.image;

import org.jspecify.annotations.NullMarked;
