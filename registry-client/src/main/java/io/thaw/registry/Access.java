package io.thaw.registry;

/// What a request wants of a repository, in the words of token scopes.
enum Access {
  PULL("pull"),
  PUSH("pull,push");

  private final String actions;

  Access(String actions) {
    this.actions = actions;
  }

  /// Scope of a token for this access to the repository.
  String scope(Repository repository) {
    return "repository:" + repository.path() + ":" + actions;
  }
}
