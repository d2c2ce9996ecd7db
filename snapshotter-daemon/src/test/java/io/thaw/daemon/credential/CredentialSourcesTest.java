package io.thaw.daemon.credential;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.daemon.credential.CredentialSources.Named;
import io.thaw.registry.CredentialSource;
import io.thaw.registry.Credentials;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CredentialSourcesTest {
  private static final Repository REPOSITORY = new Repository("registry.test", "team/app");
  private static final Credentials ONE = new Credentials.Basic("one", "secret-1");
  private static final Credentials TWO = new Credentials.Basic("two", "secret-2");

  private static Named with(String name, Credentials login) {
    return new Named(name, _ -> Optional.of(login));
  }

  private static Named without(String name) {
    return new Named(name, CredentialSource.anonymous());
  }

  @Test
  void theFirstSourceThatHasALoginIsNamedAndUsed() throws IOException {
    CredentialSources sources =
        new CredentialSources(List.of(without("a"), with("b", ONE), with("c", TWO)));

    assertThat(sources.describe(REPOSITORY)).isEqualTo("b");
    assertThat(sources.credentialsFor(REPOSITORY)).contains(ONE);
  }

  @Test
  void whatIsRefusedMakesWayForTheNextSource() throws IOException {
    CredentialSources sources = new CredentialSources(List.of(with("b", ONE), with("c", TWO)));

    assertThat(sources.credentialsFor(REPOSITORY, Set.of(ONE))).contains(TWO);
  }

  @Test
  void anonymousNamesEveryPlaceThatWasLookedAt() {
    assertThat(new CredentialSources(List.of(without("a"), without("b"))).describe(REPOSITORY))
        .isEqualTo("anonymous; no login for registry.test in: a, b");
  }

  @Test
  void aSourceThatFailsIsNamedWithItsFailure() {
    Named broken =
        new Named(
            "plugins",
            _ -> {
              throw new IOException("the plugin ended with 1");
            });

    assertThat(new CredentialSources(List.of(broken, with("b", ONE))).describe(REPOSITORY))
        .isEqualTo("plugins, which fails: the plugin ended with 1");
  }
}
