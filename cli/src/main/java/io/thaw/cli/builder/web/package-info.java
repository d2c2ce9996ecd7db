/// The builder's HTTP side: who may ask, what registries send, the page, the API, metrics.
///
/// The JDK's server runs each request on a virtual thread. Its own limits on connections, headers
/// and the time of a request are set where it is started,
/// [io.thaw.cli.builder.web.BuilderServer].
@NullMarked
package io.thaw.cli.builder.web;

import org.jspecify.annotations.NullMarked;
