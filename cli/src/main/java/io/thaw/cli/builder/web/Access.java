package io.thaw.cli.builder.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Decides who may do what.
///
/// Adding jobs always needs the secret, shown in one of three ways: `Authorization: Bearer SECRET`,
/// `Authorization: Basic` with the secret as password, or `X-Thaw-Signature: t=SECONDS,v1=HEX`,
/// where HEX is the HMAC-SHA256, keyed with the secret, of `SECONDS`, a dot and the body. The time
/// bounds how long a recorded request can be sent again; within it, sending it again adds nothing,
/// because jobs are told apart by what they index.
///
/// Looking needs the read secret or the secret. Where neither is asked for, on loopback, the `Host`
/// header must be a loopback name: a page in the operator's browser can make its own name point to
/// 127.0.0.1, and must not read anything here.
final class Access {
  private static final Pattern SIGNATURE =
      Pattern.compile("t=([0-9]{1,12}),\\s*v1=([0-9a-fA-F]{64})");
  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]{1,5})?");

  private final Secret secret;
  private final Optional<Secret> readSecret;
  private final boolean openToRead;
  private final Duration maxClockSkew;
  private final InstantSource clock;

  /// @param openToRead whether those without a secret may look; for loopback only
  Access(
      Secret secret,
      Optional<Secret> readSecret,
      boolean openToRead,
      Duration maxClockSkew,
      InstantSource clock) {
    this.secret = secret;
    this.readSecret = readSecret;
    this.openToRead = openToRead;
    this.maxClockSkew = maxClockSkew;
    this.clock = clock;
  }

  /// What a request shows. Absent headers are empty.
  record Credentials(String authorization, String signature, String host) {}

  /// The answer to a request.
  sealed interface Verdict {}

  record Allowed() implements Verdict {}

  /// Nobody knows who asks (401).
  record Unknown(String explanation) implements Verdict {}

  /// Who asks may not do this (403).
  record Forbidden(String explanation) implements Verdict {}

  /// Whether there is anything to check; if not, the body need not be read.
  static boolean showsNothing(Credentials credentials) {
    return credentials.authorization().isEmpty() && credentials.signature().isEmpty();
  }

  /// Whether the request may add jobs.
  Verdict toWrite(Credentials credentials, byte[] body) {
    if (shows(secret, credentials)) {
      return new Allowed();
    }
    if (!credentials.signature().isEmpty()) {
      return checkSignature(credentials.signature(), body);
    }
    if (readSecret.isPresent() && shows(readSecret.get(), credentials)) {
      return new Forbidden("this secret is for looking only");
    }
    return new Unknown(
        "show the secret: \"Authorization: Bearer SECRET\", or sign the body in X-Thaw-Signature");
  }

  /// Whether the request may look.
  Verdict toRead(Credentials credentials) {
    if (shows(secret, credentials)
        || (readSecret.isPresent() && shows(readSecret.get(), credentials))) {
      return new Allowed();
    }
    if (!openToRead) {
      return new Unknown("log in with any user name and the secret as password");
    }
    return LOOPBACK.matcher(credentials.host().toLowerCase(Locale.ROOT)).matches()
        ? new Allowed()
        : new Forbidden("the Host header must be a name of loopback, such as localhost");
  }

  private Verdict checkSignature(String header, byte[] body) {
    Matcher matcher = SIGNATURE.matcher(header.strip());
    if (!matcher.matches()) {
      return new Unknown("X-Thaw-Signature must look like t=SECONDS,v1=HEX");
    }
    byte[] signed = (matcher.group(1) + ".").getBytes(StandardCharsets.US_ASCII);
    byte[] claimed = HexFormat.of().parseHex(matcher.group(2));
    if (!MessageDigest.isEqual(claimed, secret.hmac(signed, body))) {
      return new Unknown("the signature is not that of this body under the secret");
    }
    Instant at = Instant.ofEpochSecond(Long.parseLong(matcher.group(1)));
    if (Duration.between(at, clock.instant()).abs().compareTo(maxClockSkew) > 0) {
      return new Unknown(
          "the signature's time is more than "
              + maxClockSkew.toSeconds()
              + " s from ours; check both clocks");
    }
    return new Allowed();
  }

  private static boolean shows(Secret secret, Credentials credentials) {
    String header = credentials.authorization();
    int space = header.indexOf(' ');
    String scheme = header.substring(0, Math.max(space, 0)).toLowerCase(Locale.ROOT);
    String value = header.substring(space + 1).strip();
    return switch (scheme) {
      case "bearer" -> secret.is(value);
      case "basic" -> password(value).filter(secret::is).isPresent();
      default -> false;
    };
  }

  private static Optional<String> password(String base64) {
    try {
      String pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
