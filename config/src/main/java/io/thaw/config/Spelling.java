package io.thaw.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/// Guesses which word somebody meant.
public final class Spelling {
  private Spelling() {}

  /// The candidate nearest to `word` by edit distance, ignoring case; empty if none is near.
  public static Optional<String> nearest(String word, Collection<String> candidates) {
    String best = null;
    int bestDistance = Math.max(2, word.length() / 4) + 1;
    for (String candidate : candidates.stream().sorted().toList()) {
      int distance = distance(lower(word), lower(candidate));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  private static String lower(String s) {
    return s.toLowerCase(Locale.ROOT);
  }

  /// Levenshtein's distance, one row at a time.
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
