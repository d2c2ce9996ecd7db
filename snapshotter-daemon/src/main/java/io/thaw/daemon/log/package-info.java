/// What log lines have in common: whose request they belong to. Knows no other package.
@NullMarked
package io.thaw.daemon.log;

import org.jspecify.annotations.NullMarked;
