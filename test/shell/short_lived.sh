#!/usr/bin/env bash
# Programs that live for a moment leave a whole group behind: the README's blocking program, run once
# on three fresh servers, and twice after the old master was killed and came back.
#   short_lived.sh BUILD_DIR [ROUNDS]
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
ROUNDS=${2:-8}
FIRST=0 # the first server of this round
MASTER=0
REPLICA=0

compile() {
  awk '/^```c$/ && !done { inside = 1; next } /^```/ { if (inside) done = 1; inside = 0 } inside' \
    "$KIT_ROOT/README.md" >"$SERVERS_DIR/visit.c"
  sed -i 's/"127\.0\.0\.1:6380,[^"]*"/getenv("NODES")/; s/<stdio.h>/<stdio.h>\n#include <stdlib.h>/' \
    "$SERVERS_DIR/visit.c"
  cc -std=c11 -Wall -Wextra -Werror -I "$KIT_ROOT/include" "$SERVERS_DIR/visit.c" \
    -o "$SERVERS_DIR/visit" -L "$BUILD/src" -Wl,-rpath,"$BUILD/src" -lharedis -lhiredis
}

visit() {
  local said
  said=$(NODES=$SERVERS_NODES timeout 20 "$SERVERS_DIR/visit") && [ "$said" = "visit $1" ] && return 0
  echo "it said: $said"
  return 1
}

role() {
  redis-cli -p "${SERVERS_PORTS[$1]}" info replication | tr -d '\r'
}

# What is true of the roles is true when the program has ended; the copy takes its time.
whole() {
  local i masters=0 port
  for i in $FIRST $((FIRST + 1)) $((FIRST + 2)); do
    if role "$i" | grep -q '^role:master'; then
      masters=$((masters + 1))
      port=${SERVERS_PORTS[$i]}
    fi
  done
  [ $masters -eq 1 ] || { echo "$masters masters"; return 1; }
  for i in $FIRST $((FIRST + 1)) $((FIRST + 2)); do
    [ "${SERVERS_PORTS[$i]}" = "$port" ] && { MASTER=$i; continue; }
    role "$i" | grep -q "^master_port:$port" ||
      { echo "${SERVERS_PORTS[$i]} does not follow"; role "$i"; return 1; }
    for _ in $(seq 200); do
      role "$i" | grep -q '^master_link_status:up' && break
      sleep 0.05
    done
    role "$i" | grep -q '^master_link_status:up' || { role "$i"; return 1; }
  done
}

fresh() {
  FIRST=${#SERVERS_PORTS[@]}
  SERVERS_NODES=
  servers_start 3 || return 1
  visit 1 && whole
}

returns() {
  local old=$MASTER
  server_kill "$old"
  visit 2 && server_again "$old" && visit 3 && visit 4 && whole
}

# Their folders too: a later round may get the same ports, and its servers shall be fresh.
ends() {
  local i
  for i in $FIRST $((FIRST + 1)) $((FIRST + 2)); do
    server_kill "$i"
    rm -rf "${SERVERS_DIR:?}/${SERVERS_PORTS[$i]}"
  done
}

tells() {
  local i
  for i in $FIRST $((FIRST + 1)) $((FIRST + 2)); do [ "$i" = "$MASTER" ] || REPLICA=$i; done
  redis-cli -p "${SERVERS_PORTS[$REPLICA]}" replicaof 127.0.1.1 0 >/dev/null
  "$BUILD/src/cli/haredis" -n "$SERVERS_NODES" status >"$SERVERS_DIR/out" 2>"$SERVERS_DIR/err"
  cat "$SERVERS_DIR/out" "$SERVERS_DIR/err"
  grep -q "127.0.0.1:${SERVERS_PORTS[$REPLICA]} is sealed: any running client mends it" \
    "$SERVERS_DIR/err" && role "$REPLICA" | grep -q '^master_host:127.0.1.1'
}

# A case of its own shell would forget which servers there are.
step() {
  local title=$1
  shift
  "$@" >"$SERVERS_DIR/said" 2>&1
  kit_case "$title" shown $?
}
shown() {
  cat "$SERVERS_DIR/said"
  return "$1"
}
# Again at once: the run before has given its locks back.
mended() {
  local i
  for i in $(seq 5 24); do
    visit "$i" && whole || return 1
    redis-cli -p "${SERVERS_PORTS[$REPLICA]}" replicaof 127.0.1.1 0 >/dev/null
  done
  visit 25 && whole
}

kit_case "the README's blocking program compiles" compile
for ((round = 1; round <= ROUNDS; round++)); do
  step "$round: one run on fresh servers leaves two replicas" fresh
  step "$round: two runs after the old master's return make it a replica" returns
  [ $round -eq "$ROUNDS" ] || ends
done
step "status tells of a sealed node, and leaves it alone" tells
step "one run mends it, twenty times in a row" mended
kit_end
