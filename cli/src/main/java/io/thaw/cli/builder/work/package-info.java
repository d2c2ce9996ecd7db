/// Where jobs are worked on: the threads that take them, and the seam to what indexes an image.
@NullMarked
package io.thaw.cli.builder.work;

import org.jspecify.annotations.NullMarked;
