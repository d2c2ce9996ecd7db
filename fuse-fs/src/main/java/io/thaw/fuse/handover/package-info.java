/// Where the descriptors of mounts lie while no daemon runs, so that the next one can go on serving
/// them. Knows nothing of FUSE's protocol.
@NullMarked
package io.thaw.fuse.handover;

import org.jspecify.annotations.NullMarked;
