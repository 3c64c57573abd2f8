#!/usr/bin/env bash
# The program `haredis` as a person uses it, against real servers.
#   cli.sh BUILD_DIR
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
HAREDIS=$BUILD/src/cli/haredis
OUT=$SERVERS_DIR/out
ERR=$SERVERS_DIR/err
ESC=$(printf '\033')
unset HAREDIS_NODES HAREDIS_PASSWORD HAREDIS_LOG NO_COLOR
export TERM=xterm

# run CODE ARGUMENT...: the exit code is CODE; leaves $OUT and $ERR; a failure shows both.
run() {
  local want=$1 code
  shift
  timeout 60 "$HAREDIS" "$@" >"$OUT" 2>"$ERR"
  code=$?
  [ $code -eq "$want" ] && return 0
  echo "haredis $*: exit code $code, not $want"
  cat "$OUT" "$ERR"
  return 1
}

# says FILE TEXT...: every TEXT is in it.
says() {
  local file=$1 text
  shift
  for text in "$@"; do
    grep -qF -- "$text" "$file" && continue
    echo "does not say: $text"
    cat "$file"
    return 1
  done
}

refused() {
  local text=$1
  shift
  run 2 "$@" && says "$ERR" "$text" && [ ! -s "$OUT" ]
}

# Cases that need a terminal. Where the system has none to give (a bare chroot), that is said.
HAS_TERMINAL=1
script -qec true /dev/null >/dev/null 2>&1 </dev/null || HAS_TERMINAL=0
[ $HAS_TERMINAL -eq 1 ] || echo "note: no pseudo-terminal here: what a terminal shows is not tested"
terminal_case() {
  [ $HAS_TERMINAL -eq 0 ] || kit_case "$@"
}

on_terminal() {
  script -qec "$*" /dev/null </dev/null | tr -d '\r'
}

# ------------------------------------------------------------------------ the command line -----

help_is_complete() {
  run 0 --help && says "$OUT" status exec switchover takeover watch --nodes HAREDIS_NODES \
    HAREDIS_PASSWORD NO_COLOR "exit codes" down_after_ms durability && [ ! -s "$ERR" ] &&
    ! grep -E '.{81}' "$OUT" && run 0 status -h && says "$OUT" "usage:"
}
version() {
  run 0 --version && says "$OUT" "haredis 0."
}
kit_case "--help explains commands, options, environment, exit codes" help_is_complete
kit_case "--version" version
kit_case "no command: exit 2 and the usage" refused "usage: haredis"
kit_case "unknown command" refused "there is no command \`stats\`" -n a:1 stats
kit_case "unknown option" refused "there is no option \`--jsn\`" -n a:1 status --jsn
kit_case "an option that belongs to another command" refused "--json does not belong to exec" \
  -n a:1 --json exec PING
kit_case "an option without its value" refused "--nodes wants a value" status --nodes
kit_case "no nodes" refused "HAREDIS_NODES" status
kit_case "a port out of range is named" refused "99999" -n 127.0.0.1:99999 status
kit_case "an empty node list is refused" refused "nodes" -n "," status
kit_case "an unknown library option is named" refused "no_such" -n a:1 --set no_such=1 status
kit_case "a wrong value is named" refused "down_after_ms" -n a:1 --set down_after_ms=soon status
kit_case "--set without a value" refused "OPTION=VALUE" -n a:1 --set down_after_ms status
kit_case "exec without a command" refused "a Redis command" -n a:1 exec
kit_case "takeover without a node" refused "one node" -n a:1 takeover
kit_case "takeover without a terminal wants --yes" refused "--yes" -n 127.0.0.1:1 takeover 127.0.0.1:1

nobody_there() {
  run 1 -n 127.0.0.1:1,127.0.0.1:2 status && says "$OUT" "no master, 0 of 2 nodes up" down &&
    run 1 -n 127.0.0.1:1 -s command_timeout_ms=300 exec SET a b && says "$ERR" "SET" "did not run" &&
    [ ! -s "$OUT" ]
}
kit_case "no server: exit 1, and the reason" nobody_there

# ------------------------------------------------------------------------------ three nodes ----

servers_start 3 || exit 1
export HAREDIS_NODES=$SERVERS_NODES

set_and_get() {
  run 0 exec SET key "two words" && [ "$(cat "$OUT")" = OK ] &&
    run 0 exec GET key && [ "$(cat "$OUT")" = "two words" ] &&
    run 0 exec SET -1 --help && run 0 exec GET -1 && [ "$(cat "$OUT")" = --help ] &&
    run 0 -n "$SERVERS_NODES" exec -- GET key && [ "$(cat "$OUT")" = "two words" ]
}
other_replies() {
  run 0 exec RPUSH list a b && [ "$(cat "$OUT")" = 2 ] &&
    run 0 exec LRANGE list 0 -1 && [ "$(cat "$OUT")" = "$(printf 'a\nb')" ] &&
    run 0 exec GET nothing && [ "$(cat "$OUT")" = "" ]
}
error_reply() {
  run 1 exec RPUSH key a && says "$OUT" WRONGTYPE
}
refused_commands() {
  run 1 exec SUBSCRIBE a && says "$ERR" SUBSCRIBE "did not run"
}
kit_case "exec SET and GET" set_and_get
kit_case "exec prints integers, arrays, nil" other_replies
kit_case "an error reply is printed, exit 1" error_reply
kit_case "a command that cannot be shared is refused with the reason" refused_commands

typed_on_terminal() {
  on_terminal "$HAREDIS exec LRANGE list 0 -1" >"$OUT"
  says "$OUT" '1) "a"' '2) "b"' &&
    on_terminal "$HAREDIS exec GET nothing" >"$OUT" && says "$OUT" "(nil)"
}
terminal_case "replies carry their types on a terminal" typed_on_terminal

# The row of status for each role; replicas are linked (a moment after the birth of the group).
table() {
  local _
  for _ in $(seq 50); do
    run 0 status || return 1
    [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] && break
    sleep 0.1
  done
  says "$OUT" "3 of 3 nodes up" NODE ROLE LINEAGE OPCOUNTER OFFSET LAG LINK FOLLOWS KEYS &&
    [ "$(grep -cE '^127\.[0-9.:]+ +master +[0-9]+:' "$OUT")" -eq 1 ] &&
    [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] && return 0
  cat "$OUT"
  return 1
}
json() {
  run 0 status --json &&
    redis-cli -p "${SERVERS_PORTS[0]}" -x EVAL 'return #cjson.decode(ARGV[1]).nodes' 0 <"$OUT" |
    grep -qx 3 && return 0
  cat "$OUT"
  return 1
}
colours() {
  on_terminal "$HAREDIS status" >"$OUT"
  grep -q "$ESC\[" "$OUT" || { echo "no colour on a terminal"; return 1; }
  on_terminal "NO_COLOR=1 $HAREDIS status" >"$OUT"
  ! grep -q "$ESC" "$OUT" || { echo "NO_COLOR does not help"; return 1; }
  run 0 status && ! grep -q "$ESC" "$OUT" "$ERR"
}
redraws() {
  on_terminal "timeout -s INT 2 $HAREDIS status --watch" >"$OUT"
  [ "$(grep -c "$ESC\[H" "$OUT")" -gt 1 ]
}
kit_case "status shows one master and two linked replicas" table
kit_case "status --json is JSON" json
terminal_case "colours on a terminal only, and not with NO_COLOR" colours
terminal_case "status --watch draws over itself on a terminal" redraws

# ------------------------------------------------------------------------------- changes -------

master_of() {
  "$HAREDIS" status | sed -n 's/^master \([^,]*\),.*/\1/p'
}
a_replica() {
  "$HAREDIS" status | awk '$2 == "replica" { print $1; exit }'
}

switch_to() {
  local old new
  old=$(master_of)
  new=$(a_replica)
  [ -n "$new" ] || return 1
  run 0 switchover --to "$new" && [ "$(master_of)" = "$new" ] && [ "$old" != "$new" ] &&
    run 0 exec GET key && [ "$(cat "$OUT")" = "two words" ]
}
switch_to_best() {
  local old
  old=$(master_of)
  run 0 switchover && [ "$(master_of)" != "$old" ]
}
switch_to_nobody() {
  run 1 switchover --to 10.9.8.7:1 && says "$ERR" "switchover"
}
kit_case "switchover --to a replica" switch_to
kit_case "switchover to the best replica" switch_to_best
kit_case "switchover to a node that is not in the list" switch_to_nobody

timeout 60 "$HAREDIS" watch >"$SERVERS_DIR/watch" 2>&1 &
WATCH=$!
timeout 60 "$HAREDIS" status --watch >"$SERVERS_DIR/log" 2>&1 &
LOG=$!
sleep 1
BEFORE=$(grep -c '^20.*master ' "$SERVERS_DIR/log")
kit_case "switchover while others watch" switch_to
sleep 1.5
kill -INT $WATCH $LOG
wait $WATCH
WATCH_CODE=$?
wait $LOG
watch_saw() {
  says "$SERVERS_DIR/watch" READY MASTER_CHANGED && [ $WATCH_CODE -eq 0 ] && return 0
  cat "$SERVERS_DIR/watch"
  return 1
}
log_saw() {
  local after
  after=$(grep -c '^20.*master ' "$SERVERS_DIR/log")
  ! grep -q "$ESC" "$SERVERS_DIR/log" && [ "$BEFORE" -ge 1 ] && [ "$after" -gt "$BEFORE" ] &&
    [ "$after" -lt 20 ] && return 0
  cat "$SERVERS_DIR/log"
  return 1
}
kit_case "watch printed the events, Ctrl-C ends it with 0" watch_saw
kit_case "status --watch in a log prints changes only" log_saw

OLD=$(master_of)
for i in 0 1 2; do
  [ "127.0.0.1:${SERVERS_PORTS[$i]}" = "$OLD" ] && DEAD=$i
done
server_kill "$DEAD"
after_a_kill() {
  run 0 exec GET key && [ "$(cat "$OUT")" = "two words" ] && [ "$(master_of)" != "$OLD" ] &&
    run 0 status && says "$OUT" "2 of 3 nodes up" down
}
kit_case "exec with the master killed" after_a_kill
server_again "$DEAD"
timeout 60 "$HAREDIS" --set auto_failover=yes watch >/dev/null 2>&1 &
GUARD=$!
back_again() {
  local _
  for _ in $(seq 50); do
    run 0 status || return 1
    grep -qE "^$OLD +replica .* up " "$OUT" && return 0
    sleep 0.1
  done
  cat "$OUT"
  return 1
}
kit_case "a guard makes the killed one a replica as it comes back" back_again
kill -INT $GUARD

# -------------------------------------------------------------- two that never met, passwords ---

FIRST=${#SERVERS_PORTS[@]}
SERVERS_NODES=
servers_start 2 || exit 1
export HAREDIS_NODES=$SERVERS_NODES
A=${SERVERS_PORTS[$FIRST]}
B=${SERVERS_PORTS[$((FIRST + 1))]}
redis-cli -p "$A" set who a >/dev/null
redis-cli -p "$B" set who b >/dev/null

ambiguous() {
  run 1 --set command_timeout_ms=3000 exec GET who &&
    [ "$(redis-cli -p "$A" get who)$(redis-cli -p "$B" get who)" = ab ] && says "$ERR" "person"
}
says_no() {
  local answer
  answer=$( (sleep 1; echo n; sleep 1) | script -qec "$HAREDIS takeover 127.0.0.1:$B" /dev/null)
  echo "$answer"
  echo "$answer" | grep -q "127.0.0.1:$A holds 1 keys" &&
    echo "$answer" | grep -q "nothing was changed" && [ "$(redis-cli -p "$A" get who)" = a ]
}
says_yes() {
  run 0 takeover --yes "127.0.0.1:$B" && says "$ERR" "they are lost" && run 0 exec GET who &&
    [ "$(cat "$OUT")" = b ]
}
kit_case "two nodes with unrelated data: nothing is touched" ambiguous
terminal_case "takeover asks, and no is no" says_no
kit_case "takeover --yes" says_yes

SERVERS_NODES=
servers_start 1 "requirepass secret" || exit 1
export HAREDIS_NODES=$SERVERS_NODES
wrong_password() {
  run 1 --set command_timeout_ms=2000 exec GET a && says "$ERR" "password" &&
    run 1 -p wrong --set command_timeout_ms=2000 exec GET a && says "$ERR" "password"
}
right_password() {
  HAREDIS_PASSWORD=secret run 0 exec SET a b && run 0 --password=secret exec GET a &&
    [ "$(cat "$OUT")" = b ]
}
kit_case "a wrong password is named" wrong_password
kit_case "HAREDIS_PASSWORD and --password" right_password

# The least that the README says a user must be allowed, and what the application needs on top.
LEAST=$(sed -n '/^~haredis:/,/^```/p' "$KIT_ROOT/README.md" | grep -v '^```' | tr '\n' ' ')
SERVERS_NODES=
servers_start 3 "user default off" "user root on >root ~* &* +@all" \
  "user replica on >stream resetchannels -@all +psync +replconf +ping" \
  "user app on >secret $LEAST ~app:* +incr" || exit 1
export HAREDIS_NODES=$SERVERS_NODES
least_privilege() {
  [ "$(echo "$LEAST" | wc -w)" -gt 30 ] || { echo "cannot find the user in the README"; return 1; }
  local as="-u app -p secret -s replication_username=replica -s replication_password=stream" _
  # shellcheck disable=SC2086
  for _ in $(seq 50); do
    run 0 $as exec INCR app:n || return 1
    run 0 $as status || return 1
    [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] && break
    sleep 0.1
  done
  [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] || { cat "$OUT"; return 1; }
  # shellcheck disable=SC2086
  run 0 $as switchover && run 0 $as exec INCR app:n
}
kit_case "the least-privilege user of the README" least_privilege
kit_end
