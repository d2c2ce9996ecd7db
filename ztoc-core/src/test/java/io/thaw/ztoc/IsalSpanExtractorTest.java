package io.thaw.ztoc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thaw.ztoc.inflate.Inflater;
import org.junit.jupiter.api.BeforeAll;

/// Runs where the host has ISA-L, which `./dev setup` installs.
class IsalSpanExtractorTest extends SpanExtractorTest {
  @BeforeAll
  static void theHostHasIt() {
    assumeTrue(Inflater.fastest() == Inflater.Engine.ISAL, "libisal.so.2 is not installed");
  }

  @Override
  Inflater.Engine engine() {
    return Inflater.Engine.ISAL;
  }
}
