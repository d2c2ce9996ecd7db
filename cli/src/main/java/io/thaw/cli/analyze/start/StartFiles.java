package io.thaw.cli.analyze.start;

import java.util.List;

/// The files a command opens.
///
/// @param arguments the command; empty if files were only listed
/// @param files each once, in the order found
/// @param notes what was not found, and why the list may be incomplete
public record StartFiles(List<String> arguments, List<StartFile> files, List<String> notes) {
  public StartFiles {
    arguments = List.copyOf(arguments);
    files = List.copyOf(files);
    notes = List.copyOf(notes);
  }
}
