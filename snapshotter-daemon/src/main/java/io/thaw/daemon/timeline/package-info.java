/// What happened at the start of each image, as events in bounded rings: what was looked for, who
/// waited on what, what was on its way meanwhile.
///
/// Hears of pulls and of layers; decides nothing.
@NullMarked
package io.thaw.daemon.timeline;

import org.jspecify.annotations.NullMarked;
