/// containerd's gRPC API on a unix socket. Translates requests, answers and errors; decides
/// nothing.
@NullMarked
package io.thaw.daemon.grpc;

import org.jspecify.annotations.NullMarked;
