package io.thaw.cli.analyze.report;

/// What the text of a small image looks like.
final class GoldenText {
  static final String SMALL =
      """
      memory  linux/amd64  sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        22.0 KiB stored in 2 layers, 22.0 KiB unpacked
        6.2 KiB in 5 files that a container sees, 5 directories, 0 symbolic links
        2.0 KiB in 1 file that later layers hide, 2.9 KiB in 1 file with the content of another

      Layers
        #  DIGEST          STORED  UNPACKED  FILES   HIDDEN    HIDES  SPANS  CREATED BY
        0  ............  17.5 KiB  17.5 KiB      5  2.0 KiB      0 B      1  ADD root
        1  ............   4.5 KiB   4.5 KiB      1      0 B  2.0 KiB      1  RUN rm

      Directories (the largest 3)
           SIZE    SHARE  FILES  DIRECTORY
        6.2 KiB  100.0 %      5  /
        5.9 KiB   94.3 %      2    data/
          330 B    5.2 %      1    bin/

      Package managers
        MANAGER     PACKAGES  FILES     SIZE
        no package                4  5.9 KiB
        apk                1      1    330 B

      Packages (1)
         SIZE  FILES  MANAGER  PACKAGE  VERSION
        330 B      1  apk      tool     1.0

      Files (the largest 3 of 5)
           SIZE  LAYER  FILE
        2.9 KiB      0  /data/one
        2.9 KiB      0  /data/two
          330 B      0  /bin/tool

      Same content more than once (1)
         WASTED  COPIES     SIZE  LAYERS  FILE
        2.9 KiB       2  2.9 KiB       1  /data/one  =  /data/two

      Carried, but hidden by a later layer (1)
           SIZE  LAYER  BECAME   IN LAYER  FILE
        2.0 KiB      0  deleted         1  /data/old

      To start tool
        A lower bound, found without running it: what the kernel and the loader open before the program's own code runs.

         SIZE  LAYER  SPANS  WHY      FILE
        330 B      0      0  program  /bin/tool

        LAYER  FILES   SPANS   FETCHED        OF    SHARE
            0      1  1 of 1  17.5 KiB  17.5 KiB  100.0 %
            1      0  0 of 1       0 B   4.5 KiB    0.0 %
          all      1          17.5 KiB  22.0 KiB   79.5 %
      """;

  private GoldenText() {}
}
