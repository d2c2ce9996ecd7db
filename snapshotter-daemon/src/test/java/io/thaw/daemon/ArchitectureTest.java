package io.thaw.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The arrows of docs/designs/0001, as far as the daemon sees them.
class ArchitectureTest {
  private static JavaClasses thaw;

  @BeforeAll
  static void readClasses() {
    thaw =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.thaw");
  }

  @Test
  void packagesOfTheDaemonHaveNoCycles() {
    check(slices().matching("io.thaw.daemon.(*)..").should().beFreeOfCycles());
  }

  @Test
  void modulesHaveNoCycles() {
    check(slices().matching("io.thaw.(*)..").should().beFreeOfCycles());
  }

  @Test
  void onlyMainKnowsMain() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.thaw.daemon.main..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.thaw.daemon.main.."));
  }

  @Test
  void grpcKnowsTheSnapshotterOnly() {
    check(
        classes()
            .that()
            .resideInAPackage("io.thaw.daemon.grpc..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackages(
                "io.thaw.daemon.image..",
                "io.thaw.daemon.layer..",
                "io.thaw.daemon.fetch..",
                "io.thaw.daemon.metrics..",
                "io.thaw.daemon.credential..",
                "io.thaw.registry..",
                "io.thaw.index..",
                "io.thaw.fuse..",
                "io.thaw.ztoc..",
                "io.thaw.config.."));
  }

  @Test
  void theSnapshotterKnowsNoImagesNoRegistriesAndNoConfiguration() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.thaw.daemon.snapshot..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.thaw.daemon.image..",
                "io.thaw.daemon.layer..",
                "io.thaw.daemon.fetch..",
                "io.thaw.daemon.grpc..",
                "io.thaw.registry..",
                "io.thaw.index..",
                "io.thaw.config..",
                "io.thaw.proto.."));
  }

  @Test
  void layersKnowNoImagesAndNoSnapshots() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage("io.thaw.daemon.layer..", "io.thaw.daemon.fetch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.thaw.daemon.image..",
                "io.thaw.daemon.snapshot..",
                "io.thaw.daemon.grpc..",
                "io.thaw.config..",
                "io.thaw.index..",
                "io.thaw.proto.."));
  }

  @Test
  void onlyMainReadsTheConfiguration() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.thaw.daemon..")
            .and()
            .resideOutsideOfPackage("io.thaw.daemon.main..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.thaw.config.."));
  }

  @Test
  void theEngineAndTheConfigurationKnowNobody() {
    for (String module :
        new String[] {"io.thaw.ztoc..", "io.thaw.config..", "io.thaw.registry.."}) {
      check(
          noClasses()
              .that()
              .resideInAPackage(module)
              .should()
              .dependOnClassesThat(
                  com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage(
                          "io.thaw..")
                      .and(
                          com.tngtech.archunit.core.domain.JavaClass.Predicates
                              .resideOutsideOfPackage(module))));
    }
  }

  @Test
  void theFilesystemKnowsTheEngineOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.thaw.fuse..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.thaw.registry..",
                "io.thaw.index..",
                "io.thaw.config..",
                "io.thaw.daemon..",
                "io.thaw.proto.."));
  }

  private static void check(ArchRule rule) {
    rule.check(thaw);
  }
}
