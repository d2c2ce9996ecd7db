# shellcheck shell=bash
# Sourced by bin/thaw and bin/thawd, which set root: finds a JDK 25 and runs a module of the built tree.
# THAW_JAVA_OPTS adds JVM options.

find_java() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /opt/java/*25*; do
    if [ -x "$home/bin/java" ] && "$home/bin/java" -version 2>&1 | head -n 1 | grep -q '"25'; then
      echo "$home/bin/java"
      return
    fi
  done
  echo "${0##*/}: no Java 25 found; run ./dev setup or set JAVA_HOME" >&2
  return 1
}

# shellcheck disable=SC2154 # root comes from the caller
launch() { # MODULE MAIN_CLASS JVM_OPTION... -- ARGS
  local module=$1 main=$2 java
  shift 2
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  [ -d "$root/$module/target/lib" ] || {
    echo "${0##*/}: $module is not built; run ./dev build" >&2
    exit 1
  }
  java=$(find_java)
  # shellcheck disable=SC2086 # options are words
  exec "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow "${options[@]}" \
    ${THAW_JAVA_OPTS:-} -cp "$root/$module/target/classes:$root/$module/target/lib/*" "$main" "$@"
}
