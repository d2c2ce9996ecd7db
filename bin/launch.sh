# shellcheck shell=bash
# Sourced by bin/thaw and bin/thawd, which set root: finds a JDK 25 and runs a module of the built tree.
# THAW_JAVA_OPTS adds JVM options.

# Sets java. Asks the file `release` and not `java -version`, which would start a JVM before the JVM.
find_java() {
  local home line
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /opt/java/*25*; do
    [ -x "$home/bin/java" ] && [ -r "$home/release" ] || continue
    while read -r line; do
      case "$line" in 'JAVA_VERSION="25'[.\"]*) java="$home/bin/java"; return ;; esac
    done <"$home/release"
  done
  echo "${0##*/}: no Java 25 found; run ./dev setup or set JAVA_HOME" >&2
  return 1
}

# shellcheck disable=SC2154 # root comes from the caller
launch() { # MODULE MAIN_CLASS JVM_OPTION... -- ARGS
  local module=$1 main=$2 java jar target=$root/$1/target
  shift 2
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  [ -d "$target/lib" ] || {
    echo "${0##*/}: $module is not built; run ./dev build" >&2
    exit 1
  }
  find_java
  # A class path of jars in one order: what an AOT cache was trained on has to be found again.
  local path=
  for jar in "$target/$module"-*.jar "$target"/lib/*.jar; do path+=:$jar; done
  if [ -n "${THAW_TRAIN:-}" ]; then
    options+=("-XX:AOTCacheOutput=$THAW_TRAIN")
  elif [ -r "$target/$module.aot" ] && [ -z "$(find "$target/$module"-*.jar "$target/lib" -newer "$target/$module.aot" -print -quit)" ]; then
    # The JVM leaves one of another JDK aside without a word, but takes the classes of an older jar of the same name from it.
    options+=("-XX:AOTCache=$target/$module.aot" -XX:AOTMode=auto -Xlog:aot=off -Xlog:cds=off)
  fi
  # shellcheck disable=SC2086 # options are words
  exec "$java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow "${options[@]}" \
    ${THAW_JAVA_OPTS:-} -cp "${path#:}" "$main" "$@"
}
