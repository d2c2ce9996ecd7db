package io.thaw.cli.analyze.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.AnalyzeOptions;
import io.thaw.cli.analyze.MemoryImage;
import io.thaw.cli.analyze.TarLayer;
import io.thaw.cli.analyze.scan.TinyElf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartFinderTest {
  private static final String GLIBC = "/lib64/ld-linux-x86-64.so.2";
  private static final String MUSL = "/lib/ld-musl-x86_64.so.1";
  private static final byte[] LIBRARY = TinyElf.of("", "", "");

  @TempDir Path scratch;

  @Test
  void findsWhatLddFindsForAProgramOfThisMachine() throws IOException, InterruptedException {
    List<String> expected = new ArrayList<>(List.of("/bin/ls"));
    Process ldd = new ProcessBuilder("ldd", "/bin/ls").start();
    String output = new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    ldd.waitFor();
    Matcher path = Pattern.compile("(/\\S+) \\(0x").matcher(output);
    while (path.find()) {
      expected.add(path.group(1));
    }
    TarLayer layer = new TarLayer();
    for (String file : expected) {
      layer.file(file.substring(1), Files.readAllBytes(Path.of(file)), 0755);
    }
    assertThat(expected).hasSizeGreaterThan(2);
    assertThat(found(layer, "/bin/ls")).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void looksForACommandInThePath() throws IOException {
    TarLayer layer =
        new TarLayer()
            .file("usr/bin/tool", "no program", 0644)
            .file("bin/tool", TinyElf.of("", "", ""), 0755);
    assertThat(found(layer, "tool")).containsExactly("/bin/tool");
  }

  @Test
  void saysWhereItLookedForACommandThatIsNotThere() {
    assertThatThrownBy(() -> found(new TarLayer().file("a", "1"), "tool"))
        .hasMessage("The image has no command tool in /usr/bin:/bin");
    assertThatThrownBy(() -> found(new TarLayer().file("a", "1"), "./tool"))
        .hasMessageContaining("no file //./tool");
  }

  @Test
  void followsScriptsToTheirInterpreterThroughEnv() throws IOException {
    TarLayer layer =
        new TarLayer()
            .file("bin/run", "#!/usr/bin/env -S python3 -u\nprint()\n", 0755)
            .file("usr/bin/env", TinyElf.of("", "", ""), 0755)
            .file("usr/bin/python3.11", TinyElf.of("", "", ""), 0755)
            .symlink("usr/bin/python3", "python3.11");
    assertThat(found(layer, "run")).containsExactly("/bin/run", "/usr/bin/env", "/usr/bin/python3");
  }

  @Test
  void endsWhenScriptsInterpretEachOther() throws IOException {
    TarLayer layer =
        new TarLayer().file("bin/a", "#!/bin/b\n", 0755).file("bin/b", "#!/bin/a\n", 0755);
    assertThat(found(layer, "a")).containsExactly("/bin/a", "/bin/b");
  }

  @Test
  void searchesRunpathConfigurationAndDefaultsInOrder() throws IOException {
    TarLayer layer =
        new TarLayer()
            .file(
                "opt/app/bin/app",
                TinyElf.of(GLIBC, "", "$ORIGIN/../lib", "libone.so", "libtwo.so", "libthree.so"),
                0755)
            .symlink("bin/app", "/opt/app/bin/app")
            .file("lib64/ld-linux-x86-64.so.2", LIBRARY)
            .file("opt/app/lib/libone.so", TinyElf.of("", "libone.so", "", "libtwo.so"))
            .file("usr/lib/libone.so", LIBRARY)
            .file("etc/ld.so.conf", "# comment\ninclude ld.so.conf.d/*.conf\n")
            .file("etc/ld.so.conf.d/x.conf", "/usr/local/lib\n")
            .file("etc/ld.so.conf.d/x.bak", "/no\n")
            .file("no/libthree.so", LIBRARY)
            .file("usr/local/lib/libtwo.so", LIBRARY)
            .file("usr/lib/libtwo.so", LIBRARY)
            .file("usr/lib/x86_64-linux-gnu/libthree.so", LIBRARY)
            .file("usr/lib/libthree.so", LIBRARY);
    assertThat(found(layer, "app"))
        .containsExactly(
            "/bin/app",
            GLIBC,
            "/opt/app/bin/../lib/libone.so",
            "/usr/local/lib/libtwo.so",
            "/usr/lib/x86_64-linux-gnu/libthree.so");
  }

  @Test
  void anRpathHoldsForWhatTheLibrariesNeedAndARunpathDoesNot() throws IOException {
    byte[] user = TinyElf.of("", "", "", "libdeep.so");
    TarLayer withRpath =
        new TarLayer()
            .file("bin/app", TinyElf.withRpath(GLIBC, "/opt/lib", "libuser.so"), 0755)
            .file("lib64/ld-linux-x86-64.so.2", LIBRARY)
            .file("opt/lib/libuser.so", user)
            .file("opt/lib/libdeep.so", LIBRARY);
    assertThat(found(withRpath, "app")).endsWith("/opt/lib/libuser.so", "/opt/lib/libdeep.so");

    TarLayer withRunpath =
        new TarLayer()
            .file("bin/app", TinyElf.of(GLIBC, "", "/opt/lib", "libuser.so"), 0755)
            .file("lib64/ld-linux-x86-64.so.2", LIBRARY)
            .file("opt/lib/libuser.so", user)
            .file("opt/lib/libdeep.so", LIBRARY);
    Analysis.Start start = start(withRunpath, "app");
    assertThat(start.files().files()).extracting(StartFile::path).endsWith("/opt/lib/libuser.so");
    assertThat(start.files().notes()).singleElement().asString().contains("libdeep.so");
  }

  @Test
  void passesOverLibrariesForAnotherMachine() throws IOException {
    byte[] foreign = LIBRARY.clone();
    foreign[18] = (byte) 0xb7;
    TarLayer layer =
        new TarLayer()
            .file("bin/app", TinyElf.of(GLIBC, "", "", "liba.so"), 0755)
            .file("lib64/ld-linux-x86-64.so.2", LIBRARY)
            .file("lib/x86_64-linux-gnu/liba.so", foreign)
            .file("usr/lib/liba.so", LIBRARY);
    assertThat(found(layer, "app")).endsWith("/usr/lib/liba.so");
  }

  @Test
  void readsMuslsPathsAndTakesItsLoaderForTheCLibrary() throws IOException {
    TarLayer layer =
        new TarLayer()
            .file("bin/app", TinyElf.of(MUSL, "", "", "libc.musl-x86_64.so.1", "liba.so"), 0755)
            .file("lib/ld-musl-x86_64.so.1", LIBRARY)
            .file("etc/ld-musl-x86_64.path", "/opt/lib:/lib\n")
            .file("opt/lib/liba.so", LIBRARY)
            .file("lib/liba.so", LIBRARY);
    Analysis.Start start = start(layer, "app");
    assertThat(start.files().files())
        .extracting(StartFile::path)
        .containsExactly("/bin/app", MUSL, "/opt/lib/liba.so");
    assertThat(start.files().notes()).isEmpty();
  }

  @Test
  void countsTheSpansOfEveryFileOnce() throws IOException {
    byte[] noise = new byte[400_000];
    new Random(1).nextBytes(noise);
    Analysis analysis =
        new MemoryImage()
            .layer(new TarLayer().file("a", noise).file("b", noise).file("c", "small").gzip())
            .layer(new TarLayer().file("d", "other").gzip())
            .analyze(
                scratch,
                new AnalyzeOptions(
                    1 << 16, Optional.empty(), List.of("/a", "a", "/nowhere", "/c"), 1));
    Analysis.Start start = analysis.start().orElseThrow();
    SpanNeeds.LayerNeed first = start.layers().getFirst();

    assertThat(first.files()).isEqualTo(2);
    assertThat(first.fileBytes()).isEqualTo(400_005);
    assertThat(first.spans().cardinality()).isLessThan(first.spanCount() - 2).isGreaterThan(5);
    assertThat(first.storedBytes()).isBetween(400_000L, 550_000L);
    assertThat(start.layers().get(1).storedBytes()).isZero();
    assertThat(start.files().notes()).singleElement().asString().startsWith("1 of 4 listed paths");
  }

  @Test
  void aLayerThatCannotBeEnteredIsFetchedWhole() throws IOException {
    byte[] stored = new TarLayer().file("bin/a", TinyElf.of("", "", ""), 0755).zstd();
    Analysis analysis = new MemoryImage().layer(stored).start(scratch, "a");
    assertThat(analysis.start().orElseThrow().layers())
        .extracting(SpanNeeds.LayerNeed::storedBytes)
        .containsExactly((long) stored.length);
  }

  @Test
  void startsWhatTheImageStarts() throws IOException {
    Analysis analysis =
        new MemoryImage()
            .config(
                """
                {"architecture":"amd64","os":"linux","config":{"WorkingDir":"/app",
                 "Entrypoint":["./serve"],"Cmd":["--fast"]}}
                """)
            .layer(new TarLayer().file("app/serve", TinyElf.of("", "", ""), 0755).gzip())
            .start(scratch);
    StartFiles files = analysis.start().orElseThrow().files();
    assertThat(files.arguments()).containsExactly("./serve", "--fast");
    assertThat(files.files()).extracting(StartFile::path).containsExactly("/app/./serve");
  }

  private Analysis.Start start(TarLayer layer, String command) throws IOException {
    return new MemoryImage().layer(layer.gzip()).start(scratch, command).start().orElseThrow();
  }

  private List<String> found(TarLayer layer, String command) throws IOException {
    return start(layer, command).files().files().stream()
        .map(StartFile::path)
        .filter(path -> !path.startsWith("/etc/"))
        .toList();
  }
}
