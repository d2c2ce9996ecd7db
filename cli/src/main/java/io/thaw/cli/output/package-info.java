/// What commands print: tables, and progress while they work. Knows no command.
@NullMarked
package io.thaw.cli.output;

import org.jspecify.annotations.NullMarked;
