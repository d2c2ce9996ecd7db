package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every line that SOCI's own engine gave for the golden layers.
class GoldenZtocTest {

  static List<String> expected() throws IOException {
    return Files.readAllLines(TestData.golden("EXPECTED"));
  }

  @ParameterizedTest
  @MethodSource("expected")
  void buildsTheVeryBytesThatSociBuilds(String line) throws IOException {
    String[] fields = line.split(" ", -1);
    Path layer = TestData.golden(fields[0]);
    ZtocOptions options = ZtocOptions.DEFAULT.withSpanSize(Long.parseLong(fields[1]));
    try (InputStream in = Files.newInputStream(layer);
        BuiltZtoc built = new ZtocBuilder(options).build(in)) {
      assertThat(built.sizeBytes()).isEqualTo(Long.parseLong(fields[3]));
      assertThat(built.spans().count()).isEqualTo(Integer.parseInt(fields[4]));
      assertThat("sha256:" + HexFormat.of().formatHex(built.digest())).isEqualTo(fields[2]);
    }
  }
}
