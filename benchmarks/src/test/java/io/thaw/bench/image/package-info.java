/// Tests of what images are made of.
@NullMarked
package io.thaw.bench.image;

import org.jspecify.annotations.NullMarked;
