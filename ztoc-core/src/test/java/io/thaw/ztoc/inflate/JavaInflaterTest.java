package io.thaw.ztoc.inflate;

class JavaInflaterTest extends InflaterTest {
  @Override
  Inflater.Engine engine() {
    return Inflater.Engine.JAVA;
  }

  @Override
  long spanSize() {
    return 1 << 16;
  }
}
