/// The configuration file: TOML in, immutable records out.
///
/// [io.thaw.config.ConfigSchema] is the one table of every key of the daemon, and
/// [io.thaw.config.BuilderSchema] of the builder; reading, validation and
/// suggestions for
/// misspelt keys come from it. Nothing here acts on a setting.
@NullMarked
package io.thaw.config;

import org.jspecify.annotations.NullMarked;
