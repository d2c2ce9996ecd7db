/// The daemon's process: command line, logging, start and stop. The only package that wires the
/// others.
@NullMarked
package io.thaw.daemon.main;

import org.jspecify.annotations.NullMarked;
