/// `thaw doctor`: looks for what keeps containers from starting lazily, and says what to do. Here
/// stand the checks and what they look at; the daemon and containerd are asked elsewhere.
@NullMarked
package io.thaw.cli.doctor;

import org.jspecify.annotations.NullMarked;
