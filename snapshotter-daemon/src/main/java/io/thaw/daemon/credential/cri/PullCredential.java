package io.thaw.daemon.credential.cri;

import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;

/// What a pull brought along.
///
/// @param image the image as containerd calls it, with its tag or digest
/// @param repository what the credentials are for: the image's repository, or the same path at the
///     host the kubelet named
record PullCredential(String image, Repository repository, Credentials credentials) {}
