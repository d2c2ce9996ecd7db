/// What lies between a node and its images: a registry of the distribution with its ways of
/// logging in, and the link it is reached through.
@NullMarked
package io.thaw.it.net;

import org.jspecify.annotations.NullMarked;
