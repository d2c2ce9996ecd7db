/// Two directory trees compared in everything an unpacked image consists of.
@NullMarked
package io.thaw.it.tree;

import org.jspecify.annotations.NullMarked;
