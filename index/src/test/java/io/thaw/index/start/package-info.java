@NullMarked
package io.thaw.index.start;

import org.jspecify.annotations.NullMarked;
