/// Containers with a user namespace: mounts with mapped ids, made as containerd 2 makes them.
package io.thaw.it.userns;
