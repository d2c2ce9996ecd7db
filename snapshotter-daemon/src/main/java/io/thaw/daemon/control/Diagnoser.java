package io.thaw.daemon.control;

import io.thaw.daemon.image.Explainer;
import io.thaw.daemon.image.Explanation;
import io.thaw.daemon.image.Explanation.LayerPlan;
import io.thaw.daemon.snapshot.MetadataStore;
import io.thaw.daemon.snapshot.WhyRecord;
import io.thaw.index.oci.Platform;
import io.thaw.proto.control.v1.DiagnoseResponse;
import io.thaw.proto.control.v1.LabelsSeen;
import io.thaw.proto.control.v1.VersionResponse;
import io.thaw.registry.Digest;
import io.thaw.registry.HostProbe;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryClient;
import io.thaw.registry.RegistryException;
import io.thaw.registry.Repository;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Gathers what `thaw doctor` wants to know of the daemon: what containerd told it, and how the
/// hosts of a registry answer with its own configuration and credentials. Judges nothing. Blocks on
/// the network; safe for use by many threads.
public final class Diagnoser {
  private final VersionResponse daemon;
  private final Path root;
  private final MetadataStore metadata;
  private final RegistryClient registry;
  private final Explainer explainer;
  private final Function<Repository, String> credentials;

  /// @param credentials names the source of credentials for a repository, for people
  public Diagnoser(
      VersionResponse daemon,
      Path root,
      MetadataStore metadata,
      RegistryClient registry,
      Explainer explainer,
      Function<Repository, String> credentials) {
    this.daemon = daemon;
    this.root = root;
    this.metadata = metadata;
    this.registry = registry;
    this.explainer = explainer;
    this.credentials = credentials;
  }

  /// Gathers it.
  ///
  /// @param reference the image whose registry is tried; null for none
  /// @throws IOException if the daemon's own records cannot be read
  DiagnoseResponse diagnose(@Nullable Reference reference, Optional<Platform> platform)
      throws IOException {
    DiagnoseResponse.Builder response =
        DiagnoseResponse.newBuilder()
            .setDaemon(daemon)
            .setRoot(root.toString())
            .setLabels(labels(metadata.why(Integer.MAX_VALUE)));
    if (reference != null) {
      ask(reference, platform, response);
    }
    return response.build();
  }

  static LabelsSeen labels(List<WhyRecord> records) {
    LabelsSeen.Builder seen = LabelsSeen.newBuilder();
    for (WhyRecord why : records) {
      long at = Messages.nanos(why.at());
      if (why.image().isEmpty()) {
        seen.setUnnamed(seen.getUnnamed() + 1)
            .setUnnamedNanos(Math.max(seen.getUnnamedNanos(), at));
      } else {
        seen.setNamed(seen.getNamed() + 1).setNamedNanos(Math.max(seen.getNamedNanos(), at));
      }
    }
    return seen.build();
  }

  private void ask(
      Reference reference, Optional<Platform> platform, DiagnoseResponse.Builder response)
      throws IOException {
    // The hosts first, so that the first answer's time has the connection in it, then once more
    // for ranges, when it is known which blob there is to ask for.
    Optional<Digest> blob = Optional.empty();
    List<HostProbe> probes = probe(reference, null, response);
    try {
      Explanation explanation = explainer.explain(reference, platform);
      response.setExplanation(Messages.explanation(explanation));
      blob = largest(explanation);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      response.setExplanationError(text(e));
    }
    if (blob.isPresent()) {
      List<HostProbe> ranged = probe(reference, blob.get(), response);
      for (int i = 0; i < ranged.size(); i++) {
        response.addHosts(
            message(i < probes.size() ? probes.get(i) : ranged.get(i), ranged.get(i)));
      }
    } else {
      probes.forEach(probe -> response.addHosts(message(probe, probe)));
    }
  }

  private List<HostProbe> probe(
      Reference reference, @Nullable Digest blob, DiagnoseResponse.Builder response)
      throws IOException {
    try {
      return registry.probe(reference, blob);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      response.setHostsError(text(e));
      return List.of();
    }
  }

  private static Optional<Digest> largest(Explanation explanation) {
    return explanation.layers().stream()
        .max(Comparator.comparingLong(LayerPlan::sizeBytes))
        .map(LayerPlan::digest);
  }

  private io.thaw.proto.control.v1.HostProbe message(HostProbe first, HostProbe probe) {
    io.thaw.proto.control.v1.HostProbe.Builder host =
        io.thaw.proto.control.v1.HostProbe.newBuilder()
            .setAddress(probe.address())
            .setMirror(probe.mirror())
            .setCredentials(credentials.apply(probe.login()))
            .setFirstMicros(TimeUnit.NANOSECONDS.toMicros(first.firstAnswer().toNanos()))
            .setRanges(ranges(probe.ranges()));
    probe
        .nextAnswer()
        .ifPresent(next -> host.setNextMicros(TimeUnit.NANOSECONDS.toMicros(next.toNanos())));
    probe.clockAhead().ifPresent(ahead -> host.setClockAheadMillis(ahead.toMillis()));
    Optional<RegistryException> failure = probe.failure();
    failure.ifPresent(
        e -> host.setFailure(e.kind().name().toLowerCase(Locale.ROOT)).setFailureMessage(text(e)));
    return host.build();
  }

  private static io.thaw.proto.control.v1.HostProbe.Ranges ranges(HostProbe.Ranges ranges) {
    return switch (ranges) {
      case UNKNOWN -> io.thaw.proto.control.v1.HostProbe.Ranges.RANGES_UNSPECIFIED;
      case HONOURED -> io.thaw.proto.control.v1.HostProbe.Ranges.HONOURED;
      case IGNORED -> io.thaw.proto.control.v1.HostProbe.Ranges.IGNORED;
      case REFUSED -> io.thaw.proto.control.v1.HostProbe.Ranges.REFUSED;
    };
  }

  private static String text(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
