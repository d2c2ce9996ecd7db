/// Tests of what turns measurements into tables.
@NullMarked
package io.thaw.bench;

import org.jspecify.annotations.NullMarked;
