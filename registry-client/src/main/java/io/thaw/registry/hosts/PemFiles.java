package io.thaw.registry.hosts;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads certificates and private keys from PEM files (RFC 7468). Keys are PKCS#8, or the older
/// forms of OpenSSL for RSA (RFC 8017, appendix A.1.2) and EC (RFC 5915). No exception holds a key.
final class PemFiles {

  private static final Logger LOG = LoggerFactory.getLogger(PemFiles.class);
  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \\1-----");
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };
  private static final byte[] EC_OID = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1
  };
  private static final byte[] VERSION = {0x02, 0x01, 0x00};
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;

  private PemFiles() {}

  /// All certificates in a file, at least one.
  static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> all = new ArrayList<>();
    for (Block block : blocks(file)) {
      if (block.label().equals("CERTIFICATE") || block.label().equals("TRUSTED CERTIFICATE")) {
        all.add(certificate(file, block));
      }
    }
    if (all.isEmpty()) {
      throw new IOException(file + " holds no certificate in PEM form");
    }
    return all;
  }

  /// All certificates in a file that can be read, as a host's list of authorities may have others.
  static List<X509Certificate> readable(Path file) throws IOException {
    List<X509Certificate> all = new ArrayList<>();
    for (Block block : blocks(file)) {
      if (block.label().equals("CERTIFICATE") || block.label().equals("TRUSTED CERTIFICATE")) {
        try {
          all.add(certificate(file, block));
        } catch (IOException e) {
          LOG.debug("left out: {}", e.getMessage());
        }
      }
    }
    return List.copyOf(all);
  }

  /// The first private key in a file that fits the certificate's kind of key.
  static PrivateKey key(Path file, Certificate certificate) throws IOException {
    String algorithm = certificate.getPublicKey().getAlgorithm();
    for (Block block : blocks(file)) {
      byte[] pkcs8 =
          switch (block.label()) {
            case "PRIVATE KEY" -> block.bytes();
            case "RSA PRIVATE KEY" -> der(SEQUENCE, VERSION, RSA, der(OCTETS, block.bytes()));
            case "EC PRIVATE KEY" -> ec(file, block.bytes());
            case "ENCRYPTED PRIVATE KEY" ->
                throw new IOException(
                    file
                        + ": the private key is encrypted; decrypt it, the daemon has no password");
            default -> null;
          };
      if (pkcs8 != null) {
        return key(file, algorithm, pkcs8);
      }
    }
    throw new IOException(file + " holds no private key in PEM form");
  }

  @SuppressWarnings("UnusedException") // the cause might quote the key
  private static PrivateKey key(Path file, String algorithm, byte[] pkcs8) throws IOException {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new IOException(
          file + ": the private key is not the " + algorithm + " key of its certificate");
    }
  }

  /// What is between two lines of dashes; may be a secret.
  private static final class Block {
    private final String label;
    private final byte[] bytes;

    Block(String label, byte[] bytes) {
      this.label = label;
      this.bytes = bytes;
    }

    String label() {
      return label;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  private static List<Block> blocks(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(read(file));
    while (matcher.find()) {
      String body = matcher.group(2);
      if (body.contains("Proc-Type:")) {
        throw new IOException(
            file + ": the private key is encrypted; decrypt it, the daemon has no password");
      }
      blocks.add(new Block(matcher.group(1), decode(file, body)));
    }
    return blocks;
  }

  @SuppressWarnings("UnusedException") // the cause might quote the key
  private static byte[] decode(Path file, String body) throws IOException {
    try {
      return Base64.getMimeDecoder().decode(body.strip());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: not base64 between BEGIN and END");
    }
  }

  private static String read(Path file) throws IOException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException(file + " is larger than " + MAX_BYTES + " bytes");
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " is not there", e);
    }
  }

  private static X509Certificate certificate(Path file, Block block) throws IOException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.bytes()));
    } catch (CertificateException e) {
      throw new IOException(file + " holds a damaged certificate: " + e.getMessage(), e);
    }
  }

  /// Wraps an `ECPrivateKey`: its named curve, element `[0]`, moves to where PKCS#8 has it.
  private static byte[] ec(Path file, byte[] key) throws IOException {
    Der outer = Der.at(file, key, 0);
    for (int at = outer.start(); at < outer.end(); ) {
      Der element = Der.at(file, key, at);
      if (element.tag() == PARAMETERS) {
        byte[] curve = java.util.Arrays.copyOfRange(key, element.start(), element.end());
        return der(SEQUENCE, VERSION, der(SEQUENCE, EC_OID, curve), der(OCTETS, key));
      }
      at = element.end();
    }
    throw new IOException(file + ": the EC key names no curve; convert it to PKCS#8");
  }

  /// One element of DER: `[start, end)` is its content.
  private record Der(int tag, int start, int end) {
    static Der at(Path file, byte[] bytes, int offset) throws IOException {
      if (offset + 2 <= bytes.length) {
        int length = bytes[offset + 1] & 0xff;
        int start = offset + 2;
        int more = length > 0x80 ? length & 0x7f : 0;
        if (more <= 2 && start + more <= bytes.length) {
          for (length = more > 0 ? 0 : length; start < offset + 2 + more; start++) {
            length = (length << 8) | (bytes[start] & 0xff);
          }
          if (start + length <= bytes.length) {
            return new Der(bytes[offset] & 0xff, start, start + length);
          }
        }
      }
      throw new IOException(file + ": the private key is damaged");
    }
  }

  private static byte[] der(int tag, byte[]... contents) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] content : contents) {
      body.writeBytes(content);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = body.size();
    if (length >= 0x100) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length >= 0x80) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }
}
