package io.thaw.registry.hosts;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The hosts of a `NO_PROXY` variable: `*`, addresses and networks (`10.0.0.0/8`), names with
/// their subdomains (`example.com`), subdomains alone (`.example.com`, `*.example.com`); addresses
/// and names with a port are for that port only.
final class ProxyBypass {

  private static final int MAX_ENTRIES = 10_000;
  private static final Pattern V4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  private final boolean all;
  private final List<Rule> rules;

  private ProxyBypass(boolean all, List<Rule> rules) {
    this.all = all;
    this.rules = rules;
  }

  private sealed interface Rule {
    boolean covers(String host, byte @Nullable [] address, int port);

    /// @param prefix the network's address as a number
    /// @param length of addresses of its kind, in bits
    /// @param bits how many bits of an address must be equal
    record Network(BigInteger prefix, int length, int bits, int port) implements Rule {
      static Network of(byte[] address, int bits, int port) {
        return new Network(new BigInteger(1, address), address.length * 8, bits, port);
      }

      @Override
      public boolean covers(String host, byte @Nullable [] address, int asked) {
        return address != null
            && address.length * 8 == length
            && (port < 0 || port == asked)
            && new BigInteger(1, address).xor(prefix).shiftRight(length - bits).signum() == 0;
      }
    }

    /// @param suffix with a leading dot
    /// @param itself whether the name without the dot is meant too
    record Domain(String suffix, boolean itself, int port) implements Rule {
      @Override
      public boolean covers(String host, byte @Nullable [] address, int asked) {
        return (port < 0 || port == asked)
            && (host.endsWith(suffix) || (itself && host.equals(suffix.substring(1))));
      }
    }
  }

  static ProxyBypass of(String variable) {
    List<Rule> rules = new ArrayList<>();
    boolean all = false;
    for (String entry : variable.split(",", MAX_ENTRIES)) {
      String text = entry.strip().toLowerCase(Locale.ROOT);
      all |= text.equals("*");
      Rule rule = text.isEmpty() || text.equals("*") ? null : rule(text);
      if (rule != null) {
        rules.add(rule);
      }
    }
    return new ProxyBypass(all, List.copyOf(rules));
  }

  boolean covers(String host, int port) {
    String name = host.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
    byte[] address = address(name);
    return all
        || name.equals("localhost")
        || (address != null && loopback(address))
        || rules.stream().anyMatch(rule -> rule.covers(name, address, port));
  }

  private static @Nullable Rule rule(String text) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      return network(address(text.substring(0, slash)), text.substring(slash + 1));
    }
    byte[] whole = address(text);
    if (whole != null) {
      return Rule.Network.of(whole, whole.length * 8, -1);
    }
    int colon = text.lastIndexOf(':');
    String portText = colon < 0 ? "" : text.substring(colon + 1);
    boolean hasPort = portText.matches("[0-9]{1,5}");
    int port = hasPort ? Integer.parseInt(portText) : -1;
    String name = hasPort ? text.substring(0, colon) : text;
    byte[] address = address(name);
    if (address != null) {
      return Rule.Network.of(address, address.length * 8, port);
    }
    if (name.startsWith("*.")) {
      name = name.substring(1);
    }
    boolean subdomainsOnly = name.startsWith(".");
    return name.isEmpty() || name.equals(".")
        ? null
        : new Rule.Domain(subdomainsOnly ? name : "." + name, !subdomainsOnly, port);
  }

  private static @Nullable Rule network(byte @Nullable [] address, String bits) {
    if (address == null || !bits.matches("[0-9]{1,3}")) {
      return null;
    }
    int count = Integer.parseInt(bits);
    return count > address.length * 8 ? null : Rule.Network.of(address, count, -1);
  }

  private static boolean loopback(byte[] address) {
    byte[] six = new byte[16];
    six[15] = 1;
    return address.length == 4 ? address[0] == 127 : Arrays.equals(address, six);
  }

  /// The address a text is, with or without brackets; null for names. Nothing is looked up.
  private static byte @Nullable [] address(String text) {
    String bare =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    boolean six = bare.indexOf(':') >= 0 && bare.matches("[0-9a-f:.]{2,45}");
    if (!six && !V4.matcher(bare).matches()) {
      return null;
    }
    try {
      return java.net.InetAddress.ofLiteral(bare).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
