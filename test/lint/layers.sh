#!/usr/bin/env bash
# Who may include whom (src/README.md), read from the text: the build's fences cannot see everything
# (a "../" for example, or <sys/socket.h> in a pure layer).
#   layers.sh [source tree]
. "$(dirname "$0")/../kit.sh"
ROOT=${1:-$KIT_ROOT}

# includes DIR: "file:line:header" of every #include below DIR; <> and "" are kept.
includes() {
  find "$1" -name '*.[ch]' -print | sort | while read -r file; do
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$file" |
      sed "s|^|${file#"$ROOT"/}: |"
  done
}

# only DIR PATTERN: every include of DIR matches the extended regular expression.
only() {
  local wrong
  [ -n "$(find "$1" -name '*.[ch]' -print -quit)" ] || { echo "nothing to look at in $1"; return 1; }
  wrong=$(includes "$1" | grep -Ev ": ($2)\$")
  [ -z "$wrong" ] && return 0
  echo "$wrong"
  return 1
}

# The C library without clocks, randomness, files or sockets.
LIBC='<(assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h>'
SYSTEM='<[^>]*>'

kit_case "base includes base" only "$ROOT/src/base" "$LIBC|\"base/.*\""
kit_case "proto includes base" only "$ROOT/src/proto" "$LIBC|\"(proto|base)/.*\""
kit_case "core includes base" only "$ROOT/src/core" "$LIBC|\"(core|base)/.*\""
kit_case "route includes base, proto and core/topology.h" \
  only "$ROOT/src/route" "$LIBC|\"(route|base|proto)/.*\"|\"core/topology\.h\""
kit_case "pubsub includes base" only "$ROOT/src/pubsub" "$LIBC|\"(pubsub|base)/.*\""
kit_case "io includes core and below, and the outside" \
  only "$ROOT/src/io" "$SYSTEM|\"(io|core|proto|base)/.*\""
kit_case "client includes io, route and below, and hiredis' replies, not libev or sockets" \
  only "$ROOT/src/client" \
  "$LIBC|<(haredis/haredis|haredis/metrics|hiredis/hiredis)\.h>|\"haredis/haredis\.h\"|\"(client|io|pubsub|route|core|proto|base)/.*\""
kit_case "cli includes the public headers only" \
  only "$ROOT/src/cli" "$SYSTEM|\"(cli|repl)\.h\""
kit_case "the public headers include nothing of ours but each other" \
  only "$ROOT/include" '<(stdarg|stddef|stdint|haredis/haredis)\.h>'

no_climbing() {
  ! includes "$ROOT/src" | grep '\.\./'
}
kit_case "no include climbs out of its folder" no_climbing

no_way_around() {
  ! grep -rnE '^[[:space:]]*extern[[:space:]]+[^"]*\(' "$ROOT/src" --include='*.c'
}
kit_case "no source file declares another's function by hand" no_way_around

kit_end
