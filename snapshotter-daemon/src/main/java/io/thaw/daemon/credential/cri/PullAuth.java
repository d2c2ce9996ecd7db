package io.thaw.daemon.credential.cri;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thaw.proto.cri.v1.AuthConfig;
import io.thaw.proto.cri.v1.PullImageRequest;
import io.thaw.registry.Credentials;
import io.thaw.registry.DockerAuths;
import io.thaw.registry.Reference;
import io.thaw.registry.Repository;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the credentials of a `PullImage` request, by the rules of containerd's CRI plugin. What it
/// cannot read is no concern of ours: containerd gets the request as it is.
final class PullAuth {

  private static final Logger log = LoggerFactory.getLogger(PullAuth.class);
  private static final int MAX_SECRET = 64 << 10;

  private PullAuth() {}

  /// @param request the bytes of a `PullImageRequest`
  static Optional<PullCredential> read(byte[] request) {
    try {
      PullImageRequest pull = PullImageRequest.parseFrom(request);
      return pull.hasAuth() ? read(pull.getImage().getImage(), pull.getAuth()) : Optional.empty();
    } catch (InvalidProtocolBufferException e) {
      log.debug("a PullImage request is no protobuf message", e);
    } catch (IllegalArgumentException e) {
      log.debug("a pull's image or credentials cannot be used: {}", e.getMessage());
    }
    return Optional.empty();
  }

  private static Optional<PullCredential> read(String image, AuthConfig auth) {
    Reference reference = Reference.parse(image);
    Repository repository = reference.repository();
    String server = host(auth.getServerAddress());
    if (!server.isEmpty() && !server.equals(repository.host())) {
      repository = new Repository(server, repository.path());
    }
    Repository of = repository;
    return credentials(auth).map(found -> new PullCredential(normal(reference), of, found));
  }

  /// containerd's name of the image: with a digest, the tag does not count.
  private static String normal(Reference reference) {
    return reference.digest() == null
        ? reference.toString()
        : new Reference(reference.repository(), null, reference.digest()).toString();
  }

  private static Optional<Credentials> credentials(AuthConfig auth) {
    if (auth.getSerializedSize() > MAX_SECRET) {
      throw new IllegalArgumentException("longer than " + MAX_SECRET + " bytes");
    }
    if (!auth.getUsername().isEmpty()) {
      return Optional.of(new Credentials.Basic(auth.getUsername(), auth.getPassword()));
    }
    if (!auth.getIdentityToken().isEmpty()) {
      return Optional.of(new Credentials.IdentityToken(auth.getIdentityToken()));
    }
    return DockerAuths.basic(auth.getAuth());
  }

  /// The host of a server address, which may be a URL; Docker Hub goes by several names.
  private static String host(String address) {
    String rest = address.substring(address.indexOf("://") < 0 ? 0 : address.indexOf("://") + 3);
    String host = rest.substring(0, rest.indexOf('/') < 0 ? rest.length() : rest.indexOf('/'));
    return switch (host) {
      case "index.docker.io", "registry-1.docker.io" -> "docker.io";
      default -> host;
    };
  }
}
