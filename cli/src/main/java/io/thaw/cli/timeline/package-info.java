/// What happened at an image's start, for people: a summary in text, JSON, and a page.
@NullMarked
package io.thaw.cli.timeline;

import org.jspecify.annotations.NullMarked;
