package io.thaw.daemon.snapshot.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A condition on [Fields]; immutable.
public sealed interface Filter extends Predicate<Fields> {

  /// Longest expression accepted, in characters.
  int MAX_LENGTH = 16 * 1024;

  /// Reads one expression; all of its selectors must match. The empty expression matches
  /// everything.
  ///
  /// @throws FilterException if it cannot be read
  static Filter parse(String expression) throws FilterException {
    return expression.isEmpty() ? new All(List.of()) : new FilterParser(expression).parse();
  }

  /// Matches what any of the expressions matches, and everything if there are none.
  ///
  /// @throws FilterException if one of them cannot be read
  static Filter parseAny(List<String> expressions) throws FilterException {
    if (expressions.isEmpty()) {
      return new All(List.of());
    }
    List<Filter> filters = new ArrayList<>();
    for (String expression : expressions) {
      filters.add(parse(expression));
    }
    return new Any(filters);
  }

  /// Every filter matches.
  record All(List<Filter> filters) implements Filter {
    public All {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean test(Fields fields) {
      return filters.stream().allMatch(f -> f.test(fields));
    }
  }

  /// One filter matches.
  record Any(List<Filter> filters) implements Filter {
    public Any {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean test(Fields fields) {
      return filters.stream().anyMatch(f -> f.test(fields));
    }
  }

  /// `path`: there is a value.
  record Present(List<String> path) implements Filter {
    public Present {
      path = List.copyOf(path);
    }

    @Override
    public boolean test(Fields fields) {
      return fields.value(path).isPresent();
    }
  }

  /// `path==value`.
  record Equal(List<String> path, String value) implements Filter {
    public Equal {
      path = List.copyOf(path);
    }

    @Override
    public boolean test(Fields fields) {
      return fields.value(path).filter(value::equals).isPresent();
    }
  }

  /// `path!=value`; an absent value counts as empty.
  record NotEqual(List<String> path, String value) implements Filter {
    public NotEqual {
      path = List.copyOf(path);
    }

    @Override
    public boolean test(Fields fields) {
      return !fields.value(path).orElse("").equals(value);
    }
  }

  /// `path~=expression`: the regular expression is found in the value; an absent value counts as
  /// empty.
  record Matches(List<String> path, Pattern pattern) implements Filter {
    public Matches {
      path = List.copyOf(path);
    }

    @Override
    public boolean test(Fields fields) {
      return pattern.matcher(fields.value(path).orElse("")).find();
    }
  }
}
