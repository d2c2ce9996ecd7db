/// A node of real components: containerd, runc, a registry, the daemon and the link between them,
/// each a child process or an object that a test or the demo starts and closes. What is measured
/// or asserted about them lives in the tests and in `benchmarks`.
@NullMarked
package io.thaw.it;

import org.jspecify.annotations.NullMarked;
