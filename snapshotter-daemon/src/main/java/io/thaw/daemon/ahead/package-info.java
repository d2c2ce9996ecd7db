/// Guesses which bytes of a lazy layer its readers will want next, from what the files are:
/// libraries and what the dynamic linker does with them, and the neighbours of small files. See
/// `docs/designs/0027-read-ahead.md`.
@NullMarked
package io.thaw.daemon.ahead;

import org.jspecify.annotations.NullMarked;
