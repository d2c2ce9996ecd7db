/// The `thaw` command: parsing of arguments, progress, and output for people and scripts.
///
/// One class per subcommand. The work itself is done by the other modules; nothing here knows a
/// file format.
@NullMarked
package io.thaw.cli;

import org.jspecify.annotations.NullMarked;
