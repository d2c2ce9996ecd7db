package io.thaw.fuzz.targets;

import io.thaw.config.Config;
import io.thaw.config.ConfigException;
import java.nio.charset.StandardCharsets;

/// The configuration file: any text is a configuration or an exception that says where it is
/// wrong.
///
/// Input: the text.
public final class ConfigFuzz {
  private ConfigFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Config config = Config.parse("fuzz.toml", new String(data, StandardCharsets.UTF_8));
      Oracle.check(config.root().isAbsolute(), "a root that is not absolute: " + config.root());
      Oracle.check(config.fetch().concurrency() > 0, "no fetch at all");
    } catch (ConfigException e) {
      Oracle.check(e.line() >= 1 && e.column() >= 1, "an error nowhere: " + e.getMessage());
    }
  }
}
