package io.thaw.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Map that forgets what was used longest ago once it is full. Thread-safe; nothing blocks inside
/// its lock.
final class BoundedCache<K, V> {

  private final LinkedHashMap<K, V> entries;

  BoundedCache(int maxEntries) {
    this.entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > maxEntries;
          }
        };
  }

  synchronized @Nullable V get(K key) {
    return entries.get(key);
  }

  synchronized void put(K key, V value) {
    entries.put(key, value);
  }

  /// Forgets the entry unless someone has replaced it meanwhile.
  synchronized void remove(K key, V expected) {
    entries.remove(key, expected);
  }
}
