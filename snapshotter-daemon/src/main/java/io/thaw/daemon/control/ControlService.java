package io.thaw.daemon.control;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.thaw.daemon.image.Explainer;
import io.thaw.daemon.image.PrewarmRequest.Until;
import io.thaw.daemon.image.Prewarmer;
import io.thaw.daemon.image.Prewarmer.NoIndexException;
import io.thaw.daemon.log.RequestContext;
import io.thaw.index.oci.MalformedManifestException;
import io.thaw.index.oci.Platform;
import io.thaw.proto.control.v1.BeginRecordingRequest;
import io.thaw.proto.control.v1.BeginRecordingResponse;
import io.thaw.proto.control.v1.ControlGrpc;
import io.thaw.proto.control.v1.DiagnoseRequest;
import io.thaw.proto.control.v1.DiagnoseResponse;
import io.thaw.proto.control.v1.DropRequest;
import io.thaw.proto.control.v1.DropResponse;
import io.thaw.proto.control.v1.ExplainRequest;
import io.thaw.proto.control.v1.ExplainResponse;
import io.thaw.proto.control.v1.FinishRecordingRequest;
import io.thaw.proto.control.v1.ImportProfileRequest;
import io.thaw.proto.control.v1.PrewarmProgress;
import io.thaw.proto.control.v1.PrewarmRequest;
import io.thaw.proto.control.v1.ProfileInfo;
import io.thaw.proto.control.v1.ProfilesRequest;
import io.thaw.proto.control.v1.ProfilesResponse;
import io.thaw.proto.control.v1.RemoveProfilesRequest;
import io.thaw.proto.control.v1.RemoveProfilesResponse;
import io.thaw.proto.control.v1.StatusRequest;
import io.thaw.proto.control.v1.StatusResponse;
import io.thaw.proto.control.v1.TimelineRequest;
import io.thaw.proto.control.v1.TimelineResponse;
import io.thaw.proto.control.v1.VersionRequest;
import io.thaw.proto.control.v1.VersionResponse;
import io.thaw.proto.control.v1.WatchRequest;
import io.thaw.registry.Reference;
import io.thaw.registry.RegistryException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `thaw.control.v1.Control`. Handlers block; the server runs each on a virtual thread.
public final class ControlService extends ControlGrpc.ControlImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(ControlService.class);
  private static final long MIN_INTERVAL_MILLIS = 200;
  private static final long MAX_INTERVAL_MILLIS = 3_600_000;
  private static final long USUAL_INTERVAL_MILLIS = 1_000;
  private static final Duration USUAL_KEEP = Duration.ofDays(1);
  private static final Duration MAX_KEEP = Duration.ofDays(365);

  private final StatusReader status;
  private final Explainer explainer;
  private final Prewarmer prewarmer;
  private final Dropper dropper;
  private final ProfileControl profiles;
  private final TimelineReader timelines;
  private final Diagnoser diagnoser;

  /// Ends what a prewarm keeps.
  @FunctionalInterface
  public interface Dropper {
    /// Ends it.
    ///
    /// @param image as it was prewarmed
    /// @return how many layers were kept for it
    int drop(String image) throws IOException;
  }

  public ControlService(
      StatusReader status,
      Explainer explainer,
      Prewarmer prewarmer,
      Dropper dropper,
      ProfileControl profiles,
      TimelineReader timelines,
      Diagnoser diagnoser) {
    this.status = status;
    this.explainer = explainer;
    this.prewarmer = prewarmer;
    this.dropper = dropper;
    this.profiles = profiles;
    this.timelines = timelines;
    this.diagnoser = diagnoser;
  }

  @FunctionalInterface
  private interface Handler<T> {
    T handle() throws IOException, InterruptedException;
  }

  @Override
  public void version(VersionRequest request, StreamObserver<VersionResponse> observer) {
    answer("Version", observer, status::daemon);
  }

  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
    answer("Status", observer, () -> status.read(request.getName()));
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<StatusResponse> observer) {
    long interval =
        request.getIntervalMillis() == 0 ? USUAL_INTERVAL_MILLIS : request.getIntervalMillis();
    long millis = Math.clamp(interval, MIN_INTERVAL_MILLIS, MAX_INTERVAL_MILLIS);
    stream(
        "Watch",
        observer,
        caller -> {
          while (!caller.isGone()) {
            caller.send(status.read(request.getName()));
            Thread.sleep(millis);
          }
        });
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> observer) {
    answer(
        "Explain",
        observer,
        () ->
            Messages.explanation(
                explainer.explain(
                    Reference.parse(request.getReference()), platform(request.getPlatform()))));
  }

  @Override
  public void prewarm(PrewarmRequest request, StreamObserver<PrewarmProgress> observer) {
    stream(
        "Prewarm",
        observer,
        caller ->
            prewarmer.run(
                new io.thaw.daemon.image.PrewarmRequest(
                    Reference.parse(request.getReference()),
                    platform(request.getPlatform()),
                    until(request),
                    keep(request)),
                state -> caller.send(Messages.prewarm(state))));
  }

  @Override
  public void drop(DropRequest request, StreamObserver<DropResponse> observer) {
    answer(
        "Drop",
        observer,
        () ->
            DropResponse.newBuilder()
                .setLayers(dropper.drop(Reference.parse(request.getReference()).toString()))
                .build());
  }

  @Override
  public void profiles(ProfilesRequest request, StreamObserver<ProfilesResponse> observer) {
    answer("Profiles", observer, () -> profiles.list(request.getName()));
  }

  @Override
  public void importProfile(ImportProfileRequest request, StreamObserver<ProfileInfo> observer) {
    answer("ImportProfile", observer, () -> profiles.importProfile(request.getDocument()));
  }

  @Override
  public void removeProfiles(
      RemoveProfilesRequest request, StreamObserver<RemoveProfilesResponse> observer) {
    answer("RemoveProfiles", observer, () -> profiles.remove(request.getName()));
  }

  @Override
  public void beginRecording(
      BeginRecordingRequest request, StreamObserver<BeginRecordingResponse> observer) {
    answer("BeginRecording", observer, () -> profiles.begin(request));
  }

  @Override
  public void finishRecording(
      FinishRecordingRequest request, StreamObserver<ProfileInfo> observer) {
    answer("FinishRecording", observer, () -> profiles.finish(request.getName()));
  }

  @Override
  public void timeline(TimelineRequest request, StreamObserver<TimelineResponse> observer) {
    answer("Timeline", observer, () -> timelines.read(request.getName()));
  }

  @Override
  public void diagnose(DiagnoseRequest request, StreamObserver<DiagnoseResponse> observer) {
    answer(
        "Diagnose",
        observer,
        () ->
            diagnoser.diagnose(
                request.getReference().isEmpty() ? null : Reference.parse(request.getReference()),
                platform(request.getPlatform())));
  }

  private static Optional<Platform> platform(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Platform.parse(text));
  }

  private static Until until(PrewarmRequest request) {
    return switch (request.getUntil()) {
      case INDEX -> Until.INDEX;
      case PROFILE -> Until.PROFILE;
      case FULL, UNTIL_UNSPECIFIED -> Until.FULL;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException("until is none of index, profile, full");
    };
  }

  private static Duration keep(PrewarmRequest request) {
    Duration keep = Duration.ofSeconds(request.getKeepSeconds());
    if (keep.isNegative() || keep.compareTo(MAX_KEEP) > 0) {
      throw new IllegalArgumentException(
          "layers can be kept for 1 second to %d days".formatted(MAX_KEEP.toDays()));
    }
    return keep.isZero() ? USUAL_KEEP : keep;
  }

  private static <T> void answer(String method, StreamObserver<T> observer, Handler<T> handler) {
    try {
      observer.onNext(handler.handle());
      observer.onCompleted();
    } catch (IOException | RuntimeException e) {
      fail(method, observer, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      observer.onError(Status.CANCELLED.asRuntimeException());
    }
  }

  @FunctionalInterface
  private interface Streaming<T> {
    void run(Caller<T> caller) throws IOException, InterruptedException;
  }

  /// Who listens to a stream; when it goes away, the thread that works for it is interrupted.
  private static final class Caller<T> {
    private final ServerCallStreamObserver<T> call;

    Caller(StreamObserver<T> observer) {
      this.call = (ServerCallStreamObserver<T>) observer;
    }

    boolean isGone() {
      return call.isCancelled();
    }

    void send(T message) {
      if (!isGone()) {
        call.onNext(message);
      }
    }
  }

  /// Runs the work on a thread of its own, so that the caller's going away is heard meanwhile.
  private static <T> void stream(String method, StreamObserver<T> observer, Streaming<T> work) {
    Caller<T> caller = new Caller<>(observer);
    Thread worker =
        Thread.ofVirtual()
            .name("control " + method)
            .unstarted(
                RequestContext.carried(
                    () -> {
                      try {
                        work.run(caller);
                        observer.onCompleted();
                      } catch (IOException | RuntimeException e) {
                        fail(method, observer, e);
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        observer.onError(
                            Status.CANCELLED
                                .withDescription("the caller is gone")
                                .asRuntimeException());
                      }
                    }));
    ((ServerCallStreamObserver<T>) observer).setOnCancelHandler(worker::interrupt);
    worker.start();
  }

  private static void fail(String method, StreamObserver<?> observer, Exception failure) {
    Status.Code code =
        switch (failure) {
          case IllegalArgumentException _ -> Status.Code.INVALID_ARGUMENT;
          case NoIndexException _, ProfileControl.NotPossibleException _ ->
              Status.Code.FAILED_PRECONDITION;
          case MalformedManifestException _ -> Status.Code.INVALID_ARGUMENT;
          case InterruptedIOException _ -> Status.Code.UNAVAILABLE;
          case RegistryException e ->
              e.kind() == RegistryException.Kind.NOT_FOUND
                  ? Status.Code.NOT_FOUND
                  : Status.Code.UNKNOWN;
          case IOException _ -> Status.Code.UNKNOWN;
          default -> Status.Code.INTERNAL;
        };
    if (code == Status.Code.INTERNAL || code == Status.Code.UNKNOWN) {
      LOG.atWarn().addKeyValue("method", method).setCause(failure).log("request failed");
    }
    String message = failure.getMessage();
    observer.onError(
        code.toStatus()
            .withDescription(message == null ? failure.getClass().getSimpleName() : message)
            .asRuntimeException());
  }
}
