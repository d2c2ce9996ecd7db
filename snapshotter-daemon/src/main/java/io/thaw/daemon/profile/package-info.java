/// Start profiles on this node: recording which spans a start touches, keeping that, and wishing
/// for them at the next cold start.
///
/// What a profile is, how it is merged, written and planned belongs to `io.thaw.index.start`; when
/// a wish is served, to the fetch scheduler.
@NullMarked
package io.thaw.daemon.profile;

import org.jspecify.annotations.NullMarked;
