package io.thaw.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.index.oci.ImageManifest;
import io.thaw.index.oci.ImageSource;
import io.thaw.index.oci.OciDescriptor;
import io.thaw.index.place.LayoutSource;
import io.thaw.registry.Descriptor;
import io.thaw.registry.Digest;
import io.thaw.ztoc.EntryType;
import io.thaw.ztoc.PaxRecord;
import io.thaw.ztoc.Toc;
import io.thaw.ztoc.TocBuilder;
import io.thaw.ztoc.TocEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// SOCI's rule for layers whose readers need not look at extended attributes.
class XattrsTest {
  @TempDir Path dir;

  @Test
  void plainFilesHaveNone() {
    assertThat(Xattrs.mayMatter(toc(file("dir/"), file("dir/file"), file("dir/.wh.gone"))))
        .isFalse();
  }

  @Test
  void anAttributeCounts() {
    TocEntry entry =
        file("bin/ping")
            .paxRecords(List.of(PaxRecord.of("SCHILY.xattr.security.capability", new byte[] {1})));
    assertThat(Xattrs.mayMatter(toc(file("a"), entry))).isTrue();
  }

  @Test
  void otherPaxRecordsDoNotCount() {
    TocEntry entry = file("a").paxRecords(List.of(PaxRecord.of("SCHILY.fflags", new byte[] {1})));
    assertThat(Xattrs.mayMatter(toc(entry))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dir/.wh..wh..opq", ".wh..wh..opq", "odd.wh..wh..opq"})
  void whateverEndsLikeAnOpaqueMarkerCounts(String name) {
    assertThat(Xattrs.mayMatter(toc(file("dir/"), file(name)))).isTrue();
  }

  @Test
  void anIndexMarksExactlyTheLayersWithoutAttributesIfItIsAskedTo() throws IOException {
    ConvertOptions all = ConverterTest.GOLDEN_OPTIONS.withMinLayerSize(0);
    assertThat(marks(all.withOptimizations(Set.of(Optimization.XATTR))))
        .containsExactly(false, false, false, false, true);
    assertThat(marks(all)).containsOnly(false);
  }

  /// The marks in the index of the golden image, whose layers all have opaque directories, with a
  /// plain layer on top.
  private List<Boolean> marks(ConvertOptions options) throws IOException {
    byte[] tar = tarOfOneFile();
    OciDescriptor plain =
        OciDescriptor.of("application/vnd.oci.image.layer.v1.tar", Digest.sha256(tar), tar.length);
    try (ImageSource source = new WithLayer(plain.target(), tar)) {
      ImageManifest golden = source.manifest(source.root().target());
      List<OciDescriptor> layers = new ArrayList<>(golden.layers());
      layers.add(plain);
      ImageManifest image =
          new ImageManifest(
              golden.mediaType(),
              golden.artifactType(),
              golden.config(),
              layers,
              golden.subject(),
              golden.annotations());
      return new IndexBuilder(
              source, options, ConvertProgress.NONE, Files.createTempDirectory(dir, "ztocs"))
              .build(List.of(new IndexBuilder.Image(source.root(), image)), SociIndex.Version.V2)
              .getFirst()
              .index()
              .orElseThrow()
              .index()
              .ztocs()
              .stream()
              .map(SociIndex.ZtocRef::disableXattrs)
              .toList();
    }
  }

  private static byte[] tarOfOneFile() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      TarArchiveEntry entry = new TarArchiveEntry("file");
      entry.setSize(1);
      tar.putArchiveEntry(entry);
      tar.write(1);
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  /// The golden image's layout with one more layer.
  private static final class WithLayer extends CountingSource {
    private final Descriptor layer;
    private final byte[] bytes;

    WithLayer(Descriptor layer, byte[] bytes) throws IOException {
      super(LayoutSource.open(Golden.LAYOUT));
      this.layer = layer;
      this.bytes = bytes;
    }

    @Override
    public OptionalLong sizeBytes(Digest digest) throws IOException {
      return digest.equals(layer.digest())
          ? OptionalLong.of(bytes.length)
          : super.sizeBytes(digest);
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
      return blob.equals(layer) ? new ByteArrayInputStream(bytes) : super.open(blob);
    }
  }

  private static TocEntry file(String name) {
    return new TocEntry().name(name).type(name.endsWith("/") ? EntryType.DIR : EntryType.REG);
  }

  private static Toc toc(TocEntry... entries) {
    TocBuilder builder = Toc.builder();
    for (TocEntry entry : entries) {
      builder.add(entry);
    }
    return builder.build();
  }
}
