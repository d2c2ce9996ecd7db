/// Tests of the layer store: real files and zTOCs, sources without network.
@NullMarked
package io.thaw.daemon.layer;

import org.jspecify.annotations.NullMarked;
