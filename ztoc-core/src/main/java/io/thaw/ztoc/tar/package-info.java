/// A tar parser that is fed with pieces and reports entries, never their data.
///
/// Knows nothing of compression or zTOCs.
@NullMarked
package io.thaw.ztoc.tar;

import org.jspecify.annotations.NullMarked;
