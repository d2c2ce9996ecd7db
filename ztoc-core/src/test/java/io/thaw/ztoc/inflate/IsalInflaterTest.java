package io.thaw.ztoc.inflate;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;

/// Runs where the host has ISA-L, which `./dev setup` installs.
class IsalInflaterTest extends InflaterTest {
  @BeforeAll
  static void theHostHasIt() {
    assumeTrue(Inflater.fastest() == Inflater.Engine.ISAL, "libisal.so.2 is not installed");
  }

  @Override
  Inflater.Engine engine() {
    return Inflater.Engine.ISAL;
  }

  /// It cannot stop between blocks.
  @Override
  long spanSize() {
    return Long.MAX_VALUE;
  }
}
