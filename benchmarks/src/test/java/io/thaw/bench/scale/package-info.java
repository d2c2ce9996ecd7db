@NullMarked
package io.thaw.bench.scale;

import org.jspecify.annotations.NullMarked;
