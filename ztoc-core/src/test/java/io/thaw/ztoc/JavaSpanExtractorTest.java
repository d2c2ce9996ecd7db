package io.thaw.ztoc;

import io.thaw.ztoc.inflate.Inflater;

class JavaSpanExtractorTest extends SpanExtractorTest {
  @Override
  Inflater.Engine engine() {
    return Inflater.Engine.JAVA;
  }
}
