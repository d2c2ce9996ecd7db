package io.thaw.cli.analyze.packages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thaw.cli.analyze.Analysis;
import io.thaw.cli.analyze.MemoryImage;
import io.thaw.cli.analyze.TarLayer;
import io.thaw.cli.analyze.tree.PathWalk;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageReaderTest {
  private static final String BASH_FILES = "/.\n/bin\n/bin/bash\n/usr/share/doc/bash/copyright\n";

  @TempDir Path scratch;
  private Analysis analysis;

  @Test
  void readsDpkgThroughAMergedUsr() throws IOException {
    analyze(
        new TarLayer()
            .symlink("bin", "usr/bin")
            .file("usr/bin/bash", "x")
            .file("usr/bin/own", "x")
            .file("usr/share/doc/bash/copyright", "x")
            .file(
                "var/lib/dpkg/status",
                """
                Package: bash
                Status: install ok installed
                Architecture: amd64
                Version: 5.2-1
                Description: a shell
                 Package: not a field

                Package: gone
                Status: deinstall ok config-files
                Version: 1

                Package: libc6
                Status: install ok installed
                Architecture: amd64
                Version: 2.36
                """)
            .file("var/lib/dpkg/info/bash.list", BASH_FILES)
            .file("var/lib/dpkg/info/gone.list", "/usr/bin/own\n")
            .file("var/lib/dpkg/info/libc6:amd64.list", "/usr/bin/own\n"));

    assertThat(owner("/usr/bin/bash")).isEqualTo("dpkg bash 5.2-1");
    assertThat(owner("/usr/share/doc/bash/copyright")).isEqualTo("dpkg bash 5.2-1");
    assertThat(owner("/usr/bin/own")).isEqualTo("dpkg libc6 2.36");
    assertThat(owner("/var/lib/dpkg/status")).isEqualTo("none");
    assertThat(analysis.packages().packages()).hasSize(2);
  }

  @Test
  void readsOnlyTheDatabaseAContainerSees() throws IOException {
    analysis =
        new MemoryImage()
            .layer(
                new TarLayer()
                    .file("a", "x")
                    .file("var/lib/dpkg/status", "Package: old\nStatus: install ok installed\n")
                    .file("var/lib/dpkg/info/old.list", "/a\n")
                    .gzip())
            .layer(
                new TarLayer()
                    .file("var/lib/dpkg/status", "Package: new\nStatus: install ok installed\n")
                    .without("var/lib/dpkg/info/old.list")
                    .file("var/lib/dpkg/info/new.list", "/a\n")
                    .gzip())
            .analyze(scratch);
    assertThat(owner("/a")).isEqualTo("dpkg new ");
  }

  @Test
  void readsDistrolessImages() throws IOException {
    analyze(
        new TarLayer()
            .file("etc/hosts", "x")
            .file("var/lib/dpkg/status.d/base", "Package: base\nVersion: 12\n")
            .file(
                "var/lib/dpkg/status.d/base.md5sums",
                "d41d8cd98f00b204e9800998ecf8427e  etc/hosts\n"));
    assertThat(owner("/etc/hosts")).isEqualTo("dpkg base 12");
  }

  @Test
  void readsAlpine() throws IOException {
    analyze(
        new TarLayer()
            .file("bin/busybox", "x")
            .file("etc/motd", "x")
            .file(
                "lib/apk/db/installed",
                """
                C:Q1
                P:busybox
                V:1.36-r1
                F:bin
                R:busybox
                Z:Q1x

                P:base
                V:3
                F:etc
                R:motd
                """));
    assertThat(owner("/bin/busybox")).isEqualTo("apk busybox 1.36-r1");
    assertThat(owner("/etc/motd")).isEqualTo("apk base 3");
  }

  @Test
  void readsPythonPackages() throws IOException {
    String site = "usr/lib/python3/site-packages/";
    analyze(
        new TarLayer()
            .file(site + "numpy/core.py", "x")
            .file(site + "odd,name.py", "x")
            .file("usr/bin/f2py", "x")
            .file(
                site + "numpy-1.26.dist-info/RECORD",
                """
                numpy/core.py,sha256=x,1
                "odd,name.py",,
                ../../../bin/f2py,sha256=y,1
                numpy-1.26.dist-info/RECORD,,
                """));
    for (String path :
        List.of(
            "/" + site + "numpy/core.py",
            "/" + site + "odd,name.py",
            "/usr/bin/f2py",
            "/" + site + "numpy-1.26.dist-info/RECORD")) {
      assertThat(owner(path)).isEqualTo("pip numpy 1.26");
    }
  }

  @Test
  void readsNpmPackagesAndThoseInsideThem() throws IOException {
    analyze(
        new TarLayer()
            .file("app/node_modules/a/package.json", "{\"version\":\"1.0\",\"name\":\"a\"}")
            .file("app/node_modules/a/lib/x.js", "x")
            .file("app/node_modules/a/node_modules/@s/b/package.json", "{\"name\":\"@s/b\"}")
            .file("app/node_modules/a/node_modules/@s/b/y.js", "x")
            .file("app/node_modules/broken/package.json", "{\"name\":")
            .file("app/package.json", "{\"name\":\"app\"}")
            .file("app/index.js", "x"));
    assertThat(owner("/app/node_modules/a/lib/x.js")).isEqualTo("npm a 1.0");
    assertThat(owner("/app/node_modules/a/node_modules/@s/b/y.js")).isEqualTo("npm @s/b ");
    assertThat(owner("/app/node_modules/broken/package.json")).isEqualTo("none");
    assertThat(owner("/app/index.js")).isEqualTo("none");
  }

  @Test
  void readsCondaBeforePip() throws IOException {
    String site = "opt/conda/lib/python3.11/site-packages/";
    analyze(
        new TarLayer()
            .file(site + "torch/x.so", "x")
            .file(site + "torch-2.0.dist-info/RECORD", "torch/x.so,,\n")
            .file(
                "opt/conda/conda-meta/pytorch-2.0-py.json",
                "{\"build\":{\"name\":\"no\"},\"name\":\"pytorch\",\"version\":\"2.0\","
                    + "\"files\":[\"lib/python3.11/site-packages/torch/x.so\"]}"));
    assertThat(owner("/" + site + "torch/x.so")).isEqualTo("conda pytorch 2.0");
  }

  @Test
  void readsRpmsDatabaseInSqlite() throws IOException, SQLException {
    Path file = scratch.resolve("db");
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = database.createStatement()) {
      statement.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)");
      try (PreparedStatement insert =
          database.prepareStatement("INSERT INTO Packages (blob) VALUES (?)")) {
        insert.setBytes(1, rpmHeader("bash", "5.2", "3.el9", "/usr/bin/", "bash", "bashbug"));
        insert.execute();
        insert.setBytes(1, new byte[] {0, 1, 2});
        insert.execute();
      }
    }
    byte[] database = Files.readAllBytes(file);
    Files.delete(file);
    analyze(
        new TarLayer()
            .file("usr/bin/bash", "x")
            .file("usr/bin/bashbug", "x")
            .file("var/lib/rpm/rpmdb.sqlite", database));
    assertThat(owner("/usr/bin/bash")).isEqualTo("rpm bash 5.2-3.el9");
    assertThat(owner("/usr/bin/bashbug")).isEqualTo("rpm bash 5.2-3.el9");
    assertThat(analysis.notes()).singleElement().asString().contains("rpm");
  }

  @Test
  void anRpmDatabaseThatIsNoneIsNotedAndTheRestGoesOn() throws IOException {
    analyze(
        new TarLayer()
            .file("etc/motd", "x")
            .file("lib/apk/db/installed", "P:base\nV:3\nF:etc\nR:motd\n")
            .file("var/lib/rpm/rpmdb.sqlite", "no database"));
    assertThat(owner("/etc/motd")).isEqualTo("apk base 3");
    assertThat(analysis.notes()).singleElement().asString().contains("rpmdb.sqlite cannot be read");
    assertThat(scratch).isEmptyDirectory();
  }

  private void analyze(TarLayer layer) throws IOException {
    analysis = new MemoryImage().layer(layer.gzip()).analyze(scratch);
  }

  private String owner(String path) {
    int row = analysis.tree().file(new PathWalk(analysis.tree()).find(path));
    int owner = analysis.packages().owner(row);
    if (owner == PackageIndex.NONE) {
      return "none";
    }
    ImagePackage found = analysis.packages().packages().get(owner);
    return found.kind().label() + " " + found.name() + " " + found.version();
  }

  /// A header as rpm's database holds it: see the class that reads it.
  private static byte[] rpmHeader(
      String name, String version, String release, String directory, String... files)
      throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    List<int[]> entries = new ArrayList<>();
    texts(entries, data, 1000, 6, name);
    texts(entries, data, 1001, 6, version);
    texts(entries, data, 1002, 6, release);
    texts(entries, data, 1118, 8, directory);
    texts(entries, data, 1117, 8, files);
    entries.add(new int[] {1116, 4, data.size(), files.length});
    data.writeBytes(new byte[4 * files.length]);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(header);
    out.writeInt(entries.size());
    out.writeInt(data.size());
    for (int[] entry : entries) {
      for (int value : entry) {
        out.writeInt(value);
      }
    }
    out.write(data.toByteArray());
    return header.toByteArray();
  }

  private static void texts(
      List<int[]> entries, ByteArrayOutputStream data, int tag, int type, String... values) {
    entries.add(new int[] {tag, type, data.size(), values.length});
    for (String value : values) {
      data.writeBytes((value + "\0").getBytes(UTF_8));
    }
  }
}
