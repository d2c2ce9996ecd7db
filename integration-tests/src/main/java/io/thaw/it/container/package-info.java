/// The second node the integration tests run on: a privileged container, with the tests inside.
/// Nothing here knows what a test does.
@NullMarked
package io.thaw.it.container;

import org.jspecify.annotations.NullMarked;
