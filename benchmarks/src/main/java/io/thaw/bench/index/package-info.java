/// What an index costs to build and a span to inflate, measured with JMH beside the JDK's own
/// inflater and the usual commands.
@NullMarked
package io.thaw.bench.index;

import org.jspecify.annotations.NullMarked;
