#!/usr/bin/env bash
# The README's C programs are taken out, compiled without a warning, and run against three servers;
# its links lead somewhere.
#   readme.sh BUILD_DIR
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
README=$KIT_ROOT/README.md
WORK=$SERVERS_DIR

# snippet N LANGUAGE: the text of the N-th fenced block of that language.
snippet() {
  awk -v want="$1" -v fence="\`\`\`$2" '
    inside && /^```/ { inside = 0 }
    inside && n == want { print }
    $0 == fence { inside = 1; n++ }' "$README"
}

compile() {
  snippet "$1" c >"$WORK/snippet$1.c"
  [ -s "$WORK/snippet$1.c" ] || { echo "the README has no such program"; return 1; }
  sed -i "s/127\.0\.0\.1:6380,127\.0\.0\.1:6381,127\.0\.0\.1:6382/$SERVERS_NODES/" \
    "$WORK/snippet$1.c"
  grep -q "$SERVERS_NODES" "$WORK/snippet$1.c" || { echo "its nodes are not as expected"; return 1; }
  cc -std=c11 -Wall -Wextra -Werror -I "$KIT_ROOT/include" "$WORK/snippet$1.c" \
    -o "$WORK/snippet$1" -L "$BUILD/src" -Wl,-rpath,"$BUILD/src" -lharedis -lhiredis -lev
}

counts() {
  [ "$("$WORK/snippet1")" = "visit $1" ] || { HAREDIS_LOG=debug "$WORK/snippet1"; return 1; }
}

master() {
  local i
  for i in 0 1 2; do
    [ -n "${SERVERS_PIDS[$i]}" ] || continue
    redis-cli -p "${SERVERS_PORTS[$i]}" info replication | grep -q '^role:master' && echo "$i"
  done
}

writes_on() {
  "$WORK/snippet2" 2>"$WORK/events" >"$WORK/out"
  local status=$?
  cat "$WORK/events" "$WORK/out"
  [ $status -eq 0 ] && grep -q '10000 writes' "$WORK/out" && grep -q READY "$WORK/events"
}

links() {
  local link wrong=0
  for link in $(grep -oE '\]\([^)]+\)' "$README" | tr -d '()]'); do
    [ -e "$KIT_ROOT/${link%%#*}" ] || { echo "$link leads nowhere"; wrong=1; }
  done
  return $wrong
}

kit_case "its links lead somewhere" links
servers_start 3 || exit 1
kit_case "the blocking program compiles" compile 1
kit_case "the asynchronous program compiles" compile 2
kit_case "the blocking program counts: 1" counts 1
kit_case "the blocking program counts: 2" counts 2
kit_case "the asynchronous program writes 10000 times" writes_on
VICTIM=$(master)
kit_case "there is one master" test "$(echo "$VICTIM" | wc -w)" -eq 1
[ -n "$VICTIM" ] && server_kill "$VICTIM"
kit_case "with the master killed the blocking program counts: 3" counts 3
kit_end
