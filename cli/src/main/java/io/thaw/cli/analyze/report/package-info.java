/// Shows an analysis: as text, as JSON, and as a page for a browser.
@NullMarked
package io.thaw.cli.analyze.report;

import org.jspecify.annotations.NullMarked;
