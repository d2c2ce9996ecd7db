/// Which package each file of an image belongs to, as the package databases in the image say.
///
/// What does not live here: finding the databases in the layers, and reports.
@NullMarked
package io.thaw.cli.analyze.packages;

import org.jspecify.annotations.NullMarked;
