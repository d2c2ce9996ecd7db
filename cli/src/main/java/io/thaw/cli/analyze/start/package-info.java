/// Which files a command opens before its own code runs, and which spans they lie in.
///
/// The answer is static, a lower bound: what the kernel and the dynamic loader open by what
/// programs and libraries say they need. What a program opens once it runs is not known here.
@NullMarked
package io.thaw.cli.analyze.start;

import org.jspecify.annotations.NullMarked;
