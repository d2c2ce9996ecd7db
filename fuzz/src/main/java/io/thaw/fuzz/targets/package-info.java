/// What the fuzzer calls: each class takes one input, and fails if the code it is for breaks its
/// contract. Where another implementation exists, the two must agree.
@NullMarked
package io.thaw.fuzz.targets;

import org.jspecify.annotations.NullMarked;
