package io.thaw.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against the builder of the flatbuffers project.
class FlatWriterTest {
  @TempDir Path directory;

  @Test
  void writesTheBytesThatTheFlatbuffersBuilderWrites() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed of flatbuffers: " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      compare(random, "seed " + seed + ", round " + round);
    }
  }

  private void compare(Random random, String what) throws IOException {
    FlatWriter ours = new FlatWriter(new Spill(directory, random.nextInt(40_000)));
    FlatBufferBuilder theirs = new FlatBufferBuilder(64);
    int count = random.nextInt(random.nextInt(10) == 0 ? 5000 : 30);
    int[] ourTables = new int[count];
    int[] theirTables = new int[count];
    for (int i = 0; i < count; i++) {
      byte[] text = new byte[random.nextInt(20)];
      random.nextBytes(text);
      int ourText = ours.string(text);
      int theirText = theirs.createString(ByteBuffer.wrap(text));
      long number = random.nextBoolean() ? 0 : random.nextLong();
      int small = random.nextInt(3);
      int flag = random.nextInt(3);
      ours.startTable(5);
      theirs.startTable(5);
      ours.addReference(1, ourText);
      theirs.addOffset(1, theirText, 0);
      ours.addLong(2, number);
      theirs.addLong(2, number, 0);
      ours.addInt(0, small);
      theirs.addInt(0, small, 0);
      ours.addByte(4, flag, 1);
      theirs.addByte(4, (byte) flag, 1);
      ourTables[i] = ours.endTable();
      theirTables[i] = theirs.endTable();
    }
    int ourVector = ours.references(ourTables, count);
    theirs.startVector(4, count, 4);
    for (int i = count - 1; i >= 0; i--) {
      theirs.addOffset(theirTables[i]);
    }
    int theirVector = theirs.endVector();
    byte[] blob = new byte[random.nextInt(5000)];
    random.nextBytes(blob);
    int ourBlob = ours.externalByteVector(blob.length);
    int theirBlob = theirs.createByteVector(blob);
    ours.startTable(2);
    theirs.startTable(2);
    ours.addReference(0, ourVector);
    theirs.addOffset(0, theirVector, 0);
    ours.addReference(1, ourBlob);
    theirs.addOffset(1, theirBlob, 0);
    ours.finish(ours.endTable());
    theirs.finish(theirs.endTable());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ours.writeTo(out, sink -> sink.write(blob));
    assertThat(out.toByteArray()).as(what).isEqualTo(theirs.sizedByteArray());
    assertThat(ours.sizeBytes()).isEqualTo(out.size());
    ours.close();
  }
}
