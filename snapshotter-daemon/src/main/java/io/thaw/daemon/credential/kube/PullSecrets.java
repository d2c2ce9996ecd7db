package io.thaw.daemon.credential.kube;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials of the cluster's secrets of the type `kubernetes.io/dockerconfigjson`, of all
/// namespaces. They are listed once and then watched; while the API server is away, what was seen
/// last goes on to count.
public final class PullSecrets implements CredentialSource, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PullSecrets.class);
  private static final String TYPE = "kubernetes.io/dockerconfigjson";
  private static final String KEY = ".dockerconfigjson";
  private static final int TIMEOUT_MILLIS = 10_000;

  private final SecretBook book = new SecretBook();
  private final KubernetesClient client;
  private final SharedIndexInformer<Secret> informer;
  private volatile boolean closed;

  private PullSecrets(Config config) {
    this.client = new KubernetesClientBuilder().withConfig(config).build();
    this.informer = client.secrets().inAnyNamespace().withField("type", TYPE).runnableInformer(0);
    informer.addEventHandler(new Handler());
    informer.exceptionHandler(
        (started, failure) -> {
          if (closed) {
            return false;
          }
          log.warn(
              "pull secrets cannot be read from {}, trying again: {}; may the daemon list and"
                  + " watch secrets?",
              client.getMasterUrl(),
              failure.getMessage());
          return true;
        });
  }

  /// Starts to watch, and does not wait for the first list.
  ///
  /// @param kubeconfig path of a kubeconfig file; empty for `$KUBECONFIG`, `~/.kube/config` or the
  ///     pod's service account
  /// @throws IOException if the file cannot be used
  public static PullSecrets watch(String kubeconfig) throws IOException {
    PullSecrets secrets = new PullSecrets(config(kubeconfig));
    secrets.informer.start();
    return secrets;
  }

  private static Config config(String kubeconfig) throws IOException {
    Config config;
    if (kubeconfig.isEmpty()) {
      config = Config.autoConfigure(null);
    } else {
      File file = new File(kubeconfig);
      if (!Files.isReadable(Path.of(kubeconfig))) {
        throw new IOException(
            kubeconfig + " is not a file that can be read; check kubeconfig_keychain");
      }
      try {
        config = Config.fromKubeconfig(file);
      } catch (RuntimeException e) {
        throw new IOException(kubeconfig + " is no kubeconfig file", e);
      }
    }
    return new ConfigBuilder(config)
        .withConnectionTimeout(TIMEOUT_MILLIS)
        .withRequestTimeout(TIMEOUT_MILLIS)
        // WebSockets, which it tries else, do not pass every proxy.
        .withOnlyHttpWatches(true)
        .build();
  }

  private final class Handler implements ResourceEventHandler<Secret> {
    @Override
    public void onAdd(Secret secret) {
      take(secret);
    }

    @Override
    public void onUpdate(Secret before, Secret now) {
      take(now);
    }

    @Override
    public void onDelete(Secret secret, boolean finalStateUnknown) {
      book.remove(name(secret));
    }
  }

  private void take(Secret secret) {
    Map<String, String> data = secret.getData();
    String encoded = data == null || !TYPE.equals(secret.getType()) ? null : data.get(KEY);
    if (encoded == null) {
      book.remove(name(secret));
      return;
    }
    try {
      book.put(name(secret), Base64.getDecoder().decode(encoded));
    } catch (IllegalArgumentException e) {
      log.warn("secret {} cannot be used: its data is no base64", name(secret));
    }
  }

  private static String name(Secret secret) {
    return secret.getMetadata().getNamespace() + "/" + secret.getMetadata().getName();
  }

  /// How many secrets with logins are known.
  int size() {
    return book.size();
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository) {
    return book.find(repository, Set.of());
  }

  @Override
  public Optional<Credentials> credentialsFor(Repository repository, Set<Credentials> refused) {
    return book.find(repository, refused);
  }

  @Override
  public void close() {
    closed = true;
    informer.close();
    client.close();
  }
}
