package io.thaw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.thaw.cli.options.OutputOptions;
import io.thaw.cli.output.Progress;
import io.thaw.index.Converter;
import io.thaw.index.ExistingIndex;
import io.thaw.index.IndexBuilder.Image;
import io.thaw.index.ReferrerPusher;
import io.thaw.index.ReferrerReport;
import io.thaw.index.SociIndex;
import io.thaw.index.oci.BlobContent;
import io.thaw.index.oci.GoJson;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.Platform;
import io.thaw.index.oci.WriteProgress;
import io.thaw.index.store.StoredArtifact;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.registry.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Pushes the v1 indexes that the store has for an image.
final class IndexPush {
  private final Shell shell;
  private final Connections connections;
  private final OutputOptions output;

  IndexPush(Shell shell, Connections connections, OutputOptions output) {
    this.shell = shell;
    this.connections = connections;
    this.output = output;
  }

  /// An index on its way.
  private record Chosen(Platform platform, StoredArtifact.Index index) {}

  /// @param place where the image's manifests are
  /// @param target where its indexes go: the repository counts
  void push(
      Place place, Reference target, List<Platform> wanted, ExistingIndex policy, int parallel)
      throws IOException {
    List<ReferrerReport> reports = new ArrayList<>();
    try (Artifacts artifacts = connections.artifacts()) {
      List<Chosen> chosen = choose(artifacts, place, wanted);
      for (Chosen each : chosen) {
        if (!output.quiet() && shell.isSoci() && policy != ExistingIndex.ALLOW) {
          shell.out().println("checking if a soci index already exists in remote repository...");
        }
        Digest digest = each.index().descriptor().digest();
        ReferrerReport report =
            new ReferrerPusher(connections.registry(), parallel, policy, progress())
                .push(target.repository(), artifacts.document(digest), blobs(artifacts, each));
        reports.add(report);
        tell(each, report);
      }
    }
    if (output.json()) {
      shell.out().println(json(reports));
    }
  }

  /// The newest v1 index of each platform.
  private List<Chosen> choose(Artifacts artifacts, Place place, List<Platform> wanted)
      throws IOException {
    List<StoredArtifact.Index> indexes = artifacts.indexes();
    List<Chosen> chosen = new ArrayList<>();
    List<Platform> without = new ArrayList<>();
    try (ImageSource source = connections.source(place)) {
      for (Image image : Converter.images(source, wanted)) {
        Platform platform = image.descriptor().platform().orElseGet(Platform::host);
        List<StoredArtifact.Index> mine =
            indexes.stream()
                .filter(i -> i.manifest().filter(image.descriptor().digest()::equals).isPresent())
                .toList();
        mine.stream()
            .filter(index -> index.version() == SociIndex.Version.V1)
            .findFirst()
            .ifPresentOrElse(
                index -> chosen.add(new Chosen(platform, index)), () -> without.add(platform));
        if (mine.stream().anyMatch(index -> index.version() == SociIndex.Version.V2)) {
          warn("a v2 index is part of its image and is not pushed alone; push the image itself");
        }
      }
      // Asked for by name, a platform without an index is an error; else there must be one at all.
      if (chosen.isEmpty() || (!wanted.isEmpty() && !without.isEmpty())) {
        throw new IOException(
            "the store has no v1 index of "
                + source.name()
                + " for "
                + String.join(", ", without.stream().map(Platform::toString).toList())
                + "; make one with \""
                + shell.program()
                + " create\"");
      }
    }
    return chosen;
  }

  private static Map<Digest, BlobContent> blobs(Artifacts artifacts, Chosen chosen)
      throws IOException {
    Map<Digest, BlobContent> blobs = new LinkedHashMap<>();
    // Every index has the empty document for its configuration.
    byte[] config = "{}".getBytes(UTF_8);
    blobs.put(Digest.sha256(config), BlobContent.of(config));
    List<Digest> named = new ArrayList<>(chosen.index().ztocs());
    named.addAll(chosen.index().prefetches());
    for (Digest digest : named) {
      Path file = artifacts.file(digest);
      blobs.put(digest, BlobContent.of(file, Files.size(file)));
    }
    return blobs;
  }

  private void tell(Chosen chosen, ReferrerReport report) {
    Digest index = chosen.index().descriptor().digest();
    if (!report.existing().isEmpty()) {
      String found =
          report.existing().size() > 1
              ? "multiple soci indices found in remote repository"
              : "soci index found in remote repository with digest: "
                  + report.existing().getFirst();
      if (report.skipped()) {
        if (!output.quiet()) {
          warn(
              found
                  + ": skipping pushing artifacts for image manifest: "
                  + chosen.index().manifest().map(Digest::toString).orElse(""));
        }
        return;
      }
      warn(found + ": pushed the index anyway");
    }
    if (output.json()) {
      return;
    }
    if (output.quiet()) {
      shell.out().println(index);
    } else if (shell.isSoci()) {
      shell.out().println("pushing soci index with digest: " + index);
    } else {
      shell.out().println(chosen.platform() + "  " + PushOutput.text(report.written()));
    }
  }

  private void warn(String text) {
    if (shell.isSoci()) {
      shell.out().println("[WARN] " + text);
    } else {
      shell.note(text);
    }
  }

  private WriteProgress progress() {
    if (!shell.isSoci() || output.quiet()) {
      return Progress.onStandardError(shell.err(), output.quiet());
    }
    return new WriteProgress() {
      @Override
      public void blobStarted(Descriptor blob) {
        shell.out().println("pushing artifact with digest: " + blob.digest());
      }

      @Override
      public void blobFinished(Descriptor blob, BlobOutcome outcome) {
        shell
            .out()
            .println(
                switch (outcome) {
                  case WRITTEN -> "successfully pushed artifact with digest: " + blob.digest();
                  case PRESENT, MOUNTED -> "skipped artifact with digest: " + blob.digest();
                });
      }
    };
  }

  private static String json(List<ReferrerReport> reports) {
    GoJson json = new GoJson().open().openList("indexes");
    for (ReferrerReport report : reports) {
      PushOutput.fields(json.open(), "index", report.written())
          .string("outcome", report.skipped() ? "skipped" : "pushed")
          .strings("existing", report.existing().stream().map(Digest::toString).toList())
          .close();
    }
    return json.closeList().close().toString();
  }
}
