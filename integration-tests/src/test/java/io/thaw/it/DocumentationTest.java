package io.thaw.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The documents name what exists.
class DocumentationTest {
  private static final Path ROOT =
      Path.of(System.getProperty("thaw.testdata")).toAbsolutePath().getParent();
  private static final Pattern CLASS_NAME =
      Pattern.compile("`([A-Z][a-z][A-Za-z]*)(?:\\.[a-z]\\w*)?`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");

  /// Calls of containerd's API are written like classes.
  private static final Set<String> CALLS = Set.of("Prepare", "Mounts");

  @Test
  void everyClassTheArchitectureNamesExists() throws IOException {
    Set<String> classes = mainClasses();
    List<String> named =
        CLASS_NAME
            .matcher(Files.readString(ROOT.resolve("docs/architecture.md")))
            .results()
            .map(found -> found.group(1))
            .filter(name -> !CALLS.contains(name))
            .toList();

    assertThat(named).hasSizeGreaterThan(20);
    assertThat(classes).containsAll(named);
  }

  @Test
  void everyTestThatAPromiseIsShownByExists() throws IOException {
    Set<String> tests;
    try (Stream<Path> files = Files.walk(ROOT)) {
      tests =
          files
              .filter(file -> file.toString().contains("src/test/java/"))
              .map(file -> file.getFileName().toString().replace(".java", ""))
              .collect(Collectors.toSet());
    }
    for (String document : List.of("docs/security.md", "docs/reliability.md")) {
      List<String> named =
          CLASS_NAME
              .matcher(Files.readString(ROOT.resolve(document)))
              .results()
              .map(found -> found.group(1))
              .filter(name -> name.endsWith("Test") || name.endsWith("IT"))
              .toList();
      assertThat(named).as(document).hasSizeGreaterThan(10);
      assertThat(tests).as(document).containsAll(named);
    }
  }

  @Test
  void everyLinkBetweenDocumentsLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      for (MatchResult link : LINK.matcher(Files.readString(document)).results().toList()) {
        Path folder = document.getParent();
        if (folder == null || !Files.exists(folder.resolve(link.group(1)))) {
          broken.add(ROOT.relativize(document) + " -> " + link.group(1));
        }
      }
    }

    assertThat(broken).isEmpty();
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .toList();
    }
  }

  private static Set<String> mainClasses() throws IOException {
    try (Stream<Path> modules = Files.list(ROOT)) {
      List<Path> sources =
          modules
              .map(module -> module.resolve("src/main/java"))
              .filter(Files::isDirectory)
              .toList();
      Set<String> names = new java.util.HashSet<>();
      for (Path source : sources) {
        try (Stream<Path> files = Files.walk(source)) {
          names.addAll(
              files
                  .map(file -> String.valueOf(file.getFileName()))
                  .filter(file -> file.endsWith(".java"))
                  .map(file -> file.substring(0, file.length() - ".java".length()))
                  .collect(Collectors.toSet()));
        }
      }
      return names;
    }
  }
}
