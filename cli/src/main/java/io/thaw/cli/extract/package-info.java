/// Getting single files out of a layer by its zTOC.
@NullMarked
package io.thaw.cli.extract;

import org.jspecify.annotations.NullMarked;
