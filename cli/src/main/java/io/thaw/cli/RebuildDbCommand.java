package io.thaw.cli;

import io.thaw.cli.options.OutputOptions;
import io.thaw.index.oci.GoJson;
import io.thaw.index.store.ArtifactStore;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `thaw rebuild-db`.
@Command(
    name = "rebuild-db",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Make the store's database anew from its content.",
      "",
      "Use it when the database is damaged, or when other tools have put indexes into the content"
          + " below --root. Names and platforms are kept if the old database can still be read."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  thaw rebuild-db",
      "  thaw --root /var/lib/soci-snapshotter-grpc rebuild-db",
      "",
      "Exit codes: 0 rebuilt, 1 failed, 2 wrong usage."
    })
final class RebuildDbCommand implements Callable<Integer> {
  private @Spec CommandSpec spec = CommandSpec.create();

  @Mixin private OutputOptions output = new OutputOptions();

  @Override
  public Integer call() throws IOException {
    Shell shell = Shell.of(spec);
    ArtifactStore.Rebuilt rebuilt = ArtifactStore.rebuild(shell.global().root());
    if (output.json()) {
      shell
          .out()
          .println(
              new GoJson()
                  .open()
                  .number("indexes", rebuilt.indexes())
                  .number("ztocs", rebuilt.ztocs())
                  .number("prefetches", rebuilt.prefetches())
                  .strings("problems", rebuilt.problems())
                  .close());
    } else if (!output.quiet()) {
      shell
          .out()
          .println(
              rebuilt.indexes()
                  + " indexes, "
                  + rebuilt.ztocs()
                  + " zTOCs, "
                  + rebuilt.prefetches()
                  + " prefetch artifacts");
    }
    rebuilt.problems().forEach(shell::note);
    return 0;
  }
}
