/// Which hosts serve a registry's content and how they are spoken to: `hosts.toml` and what came
/// before it, TLS files, proxies from the environment.
///
/// Lives here: reading these files, in containerd's formats, and what they say as values. Does not
/// live here: requests, credentials, trying one host after the other.
@NullMarked
package io.thaw.registry.hosts;

import org.jspecify.annotations.NullMarked;
