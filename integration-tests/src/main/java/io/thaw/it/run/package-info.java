/// What a user does with a node, timed: pull an image and run it until it says something.
@NullMarked
package io.thaw.it.run;

import org.jspecify.annotations.NullMarked;
