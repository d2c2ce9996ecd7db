/// What registries say about pushes, in their three dialects, read into one form.
///
/// Everything here is text from outside and has been checked for nothing but its shape;
/// [io.thaw.cli.builder.intake.Intake] decides what becomes of it.
@NullMarked
package io.thaw.cli.builder.notify;

import org.jspecify.annotations.NullMarked;
