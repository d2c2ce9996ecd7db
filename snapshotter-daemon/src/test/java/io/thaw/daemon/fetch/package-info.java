/// Tests of the span scheduler, without network and files.
@NullMarked
package io.thaw.daemon.fetch;

import org.jspecify.annotations.NullMarked;
