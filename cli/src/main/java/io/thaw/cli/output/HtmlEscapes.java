package io.thaw.cli.output;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import org.jspecify.annotations.Nullable;

/// Keeps JSON harmless inside HTML: without `<`, `>` and `&` no element, comment or entity can
/// begin or end in it.
public final class HtmlEscapes extends CharacterEscapes {
  private static final long serialVersionUID = 1L;

  @Override
  public int[] getEscapeCodesForAscii() {
    int[] codes = CharacterEscapes.standardAsciiEscapesForJSON();
    for (char c : new char[] {'<', '>', '&', '\''}) {
      codes[c] = CharacterEscapes.ESCAPE_STANDARD;
    }
    return codes;
  }

  @Override
  public @Nullable SerializableString getEscapeSequence(int c) {
    return c == 0x2028 || c == 0x2029 ? new SerializedString("\\u" + Integer.toHexString(c)) : null;
  }
}
