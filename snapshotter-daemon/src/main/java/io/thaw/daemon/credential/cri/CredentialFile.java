package io.thaw.daemon.credential.cri;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials in a file that only root may read, encrypted with AES-256-GCM under a key of this
/// node's own in a second such file.
///
/// That guards against a sealed file that gets about alone, in a backup or a log bundle, and
/// against changes to it. It does not guard against those who are root here: they can read the
/// key, too.
///
/// The file: `THWC`, a version byte, twelve bytes of nonce, the ciphertext of JSON. The first five
/// bytes are authenticated with it.
public final class CredentialFile {

  private static final Logger log = LoggerFactory.getLogger(CredentialFile.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final byte[] HEADER = {'T', 'H', 'W', 'C', 1};
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int KEY_BYTES = 32;
  private static final long MAX_BYTES = 64 << 20;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path sealed;
  private final SecretKeySpec key;

  private CredentialFile(Path sealed, SecretKeySpec key) {
    this.sealed = sealed;
    this.key = key;
  }

  /// Opens the files in a directory; a directory or key that is not there is made.
  ///
  /// @throws IOException if there is a key that is none
  public static CredentialFile open(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path keyFile = directory.resolve("key");
    if (!Files.exists(keyFile)) {
      byte[] fresh = new byte[KEY_BYTES];
      RANDOM.nextBytes(fresh);
      write(keyFile, fresh);
    }
    byte[] bytes = Files.readAllBytes(keyFile);
    if (bytes.length != KEY_BYTES) {
      throw new IOException(
          keyFile + " is damaged; delete " + directory + ", credentials come again with pulls");
    }
    return new CredentialFile(directory.resolve("sealed"), new SecretKeySpec(bytes, "AES"));
  }

  /// Removes what [#open] made, if it is there: an operator who turned it off wants nothing left.
  public static void remove(Path directory) throws IOException {
    for (String name : List.of("sealed", "sealed.new", "key", "key.new")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.deleteIfExists(directory);
  }

  /// What was saved last; nothing, with a warning, if it cannot be read.
  List<PullCredential> load() {
    if (!Files.exists(sealed)) {
      return List.of();
    }
    try {
      if (Files.size(sealed) > MAX_BYTES) {
        throw new IOException("it is larger than " + MAX_BYTES + " bytes");
      }
      return read(JSON.readTree(decrypt(Files.readAllBytes(sealed))));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      // No message of theirs: a parser might quote what it read.
      log.warn(
          "{} cannot be used ({}); credentials come again with the next pulls",
          sealed,
          e.getClass().getSimpleName());
      return List.of();
    }
  }

  void save(List<PullCredential> credentials) throws IOException {
    ArrayNode all = JSON.createArrayNode();
    for (PullCredential credential : credentials) {
      ObjectNode node =
          all.addObject()
              .put("image", credential.image())
              .put("host", credential.repository().host())
              .put("path", credential.repository().path());
      switch (credential.credentials()) {
        case Credentials.Basic basic ->
            node.put("username", basic.username()).put("password", basic.password());
        case Credentials.IdentityToken token -> node.put("identityToken", token.token());
      }
    }
    try {
      write(sealed, encrypt(JSON.writeValueAsBytes(all)));
    } catch (GeneralSecurityException e) {
      throw new IOException("AES-GCM failed", e);
    }
  }

  private static List<PullCredential> read(JsonNode all) {
    List<PullCredential> credentials = new ArrayList<>();
    for (JsonNode node : all) {
      String token = node.path("identityToken").asText("");
      credentials.add(
          new PullCredential(
              node.path("image").asText(""),
              new Repository(node.path("host").asText(""), node.path("path").asText("")),
              token.isEmpty()
                  ? new Credentials.Basic(
                      node.path("username").asText(""), node.path("password").asText(""))
                  : new Credentials.IdentityToken(token)));
    }
    return credentials;
  }

  private byte[] encrypt(byte[] plain) throws GeneralSecurityException {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    byte[] text = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(plain);
    return ByteBuffer.allocate(HEADER.length + NONCE_BYTES + text.length)
        .put(HEADER)
        .put(nonce)
        .put(text)
        .array();
  }

  private byte[] decrypt(byte[] file) throws IOException, GeneralSecurityException {
    int start = HEADER.length + NONCE_BYTES;
    if (file.length < start || !Arrays.equals(file, 0, HEADER.length, HEADER, 0, HEADER.length)) {
      throw new IOException("not a file of sealed credentials");
    }
    byte[] nonce = Arrays.copyOfRange(file, HEADER.length, start);
    return cipher(Cipher.DECRYPT_MODE, nonce).doFinal(file, start, file.length - start);
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(HEADER);
    return cipher;
  }

  /// Replaces a file, so that a crash leaves the old one or the new one.
  private static void write(Path file, byte[] bytes) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
