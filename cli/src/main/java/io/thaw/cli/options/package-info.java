/// Options that several commands share, as picocli mixins, and the types of their values. Knows no
/// command.
@NullMarked
package io.thaw.cli.options;

import org.jspecify.annotations.NullMarked;
