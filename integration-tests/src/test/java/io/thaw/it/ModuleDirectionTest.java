package io.thaw.it;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The arrows of docs/designs/0001: who may know whom.
class ModuleDirectionTest {
  private static final Map<String, Set<String>> MAY_KNOW =
      Map.of(
          "proto", Set.of(),
          "ztoc", Set.of(),
          "registry", Set.of(),
          "config", Set.of(),
          "index", Set.of("ztoc", "registry"),
          "fuse", Set.of("ztoc"),
          "daemon", Set.of("proto", "ztoc", "registry", "index", "fuse", "config"),
          "cli", Set.of("proto", "ztoc", "registry", "index", "fuse", "config"),
          "it", Set.of("proto", "ztoc", "registry", "index", "fuse", "config", "daemon", "cli"));

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.thaw");

  @Test
  void seesEveryModule() {
    Set<String> seen =
        classes.stream().map(ModuleDirectionTest::moduleOf).collect(Collectors.toSet());
    assertThat(seen).isSubsetOf(MAY_KNOW.keySet()).contains("proto", "ztoc", "registry", "it");
  }

  @Test
  void modulesKnowOnlyWhatTheyMayKnow() {
    List<String> wrong = new ArrayList<>();
    for (JavaClass owner : classes) {
      String module = moduleOf(owner);
      for (Dependency dependency : owner.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getPackageName().startsWith("io.thaw.")
            && !moduleOf(target).equals(module)
            && !MAY_KNOW.getOrDefault(module, Set.of()).contains(moduleOf(target))) {
          wrong.add(dependency.getDescription());
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void packagesFormNoCycles() {
    JavaClasses ours =
        classes.that(
            new DescribedPredicate<JavaClass>("not generated") {
              @Override
              public boolean test(JavaClass type) {
                return !type.getPackageName().startsWith("io.thaw.proto");
              }
            });
    slices().matching("io.thaw.(**)").should().beFreeOfCycles().check(ours);
  }

  private static String moduleOf(JavaClass type) {
    String[] parts = type.getPackageName().split("\\.", -1);
    return parts.length > 2 ? parts[2] : "";
  }
}
