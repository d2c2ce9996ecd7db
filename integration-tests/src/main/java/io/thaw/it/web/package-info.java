/// A real browser that tests look at pages with: headless Chromium, driven through its WebDriver.
///
/// [io.thaw.it.web.Browser] is what tests use; nothing here knows a page of ours.
@NullMarked
package io.thaw.it.web;

import org.jspecify.annotations.NullMarked;
