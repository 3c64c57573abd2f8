#!/usr/bin/env bash
# integration/operating.md: each line of the log that asks something of a person is there, and the
# boxes do what they say, on real servers that are written to.
#   runbook.sh BUILD_DIR
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
PAGE=$KIT_ROOT/integration/operating.md

# What hangs is a failure.
haredis() {
  timeout 90 "$BUILD/src/cli/haredis" "$@"
}

# box NAME: the commands under that name. Addresses become those of our servers.
box() {
  awk -v want="<!-- runbook: $1 -->" '
    $0 == want { found = 1 }
    inside && /^```/ { exit }
    inside { print }
    found && /^```sh/ { inside = 1 }' "$PAGE" |
    sed "s/10\.0\.0\.\([1-4]\):6379/127.0.0.1:%\1%/g" |
    sed "s/%1%/${SERVERS_PORTS[0]}/g; s/%2%/${SERVERS_PORTS[1]}/g; s/%3%/${SERVERS_PORTS[2]}/g
         s/%4%/${SERVERS_PORTS[3]:-0}/g"
}

# does NAME: run that box in this shell.
does() {
  local commands
  commands=$(box "$1")
  [ -n "$commands" ] || { echo "no box $1"; return 1; }
  echo "$commands"
  local command
  while read -r command; do
    eval "$command" || return 1
  done <<<"$commands"
}

# What differs from time to time is X: "NODE (N keys)", "%s (%lld keys)".
plain() {
  sed -E 's/%(l*[a-z]|z[a-z])/X/g; s/\b(NODE|REASON)\b/X/g; s/\bN (writes|bytes)\b/X/g; s/\bN\b/X/g
    s/stopped short|was not sealed/X/'
}

told_lines() {
  sed -n '/^<!-- log lines/,/^## /p' "$PAGE" | grep '^|' | cut -d'|' -f2 | grep -oE '`[^`]+`' |
    tr -d '`' | plain | sort -u
}

said_lines() {
  cat "$KIT_ROOT"/src/core/*.c "$KIT_ROOT"/src/io/*.c | tr '\n' ' ' | tr -s ' ' | sed 's/" "//g' |
    grep -oE '(log\([a-z]+, HR_LEVEL_(WARNING|ERROR),|say_stuck\(core,) ?"[^"]+"' |
    grep -oE '"[^"]+"' | tr -d '"' | grep -vx '%s' | plain | sort -u
}

every_line() {
  [ "$(said_lines | wc -l)" -gt 15 ] || { echo "the sources are not understood"; return 1; }
  ! comm -13 <(told_lines) <(said_lines) | sed 's/^/not in the table: /' | grep . &&
    told_lines | grep -q 'X has X that nobody else has'
}

index_of_master() {
  local port i
  port=$(haredis status | sed -n 's/^master [^:]*:\([0-9]*\),.*/\1/p')
  for i in "${!SERVERS_PORTS[@]}"; do
    [ "${SERVERS_PORTS[$i]}" = "$port" ] && echo "$i"
  done
}

# Somebody writes durably all the time; what was acknowledged is counted.
writer_starts() {
  touch "$SERVERS_DIR/writing"
  while [ -e "$SERVERS_DIR/writing" ]; do
    haredis exec --set durability=quorum INCR visits >>"$SERVERS_DIR/answers" 2>&1 &&
      echo . >>"$SERVERS_DIR/acknowledged"
  done 2>/dev/null &
  WRITER=$!
}

# Each acknowledged write is there, and none was refused. (One that was repeated after a doubt would
# be counted twice: there may be more.)
writer_ends() {
  local acknowledged visits
  rm "$SERVERS_DIR/writing"
  wait "$WRITER"
  acknowledged=$(wc -l <"$SERVERS_DIR/acknowledged")
  visits=$(haredis exec GET visits)
  echo "$acknowledged acknowledged, $visits counted"
  grep -vE '^[0-9]+$' "$SERVERS_DIR/answers" | sort | uniq -c
  [ "$acknowledged" -gt 10 ] && [ "$visits" -ge "$acknowledged" ]
}

# A machine with an empty disk at the same address.
replace() {
  local port=${SERVERS_PORTS[$1]}
  server_kill "$1"
  rm -rf "${SERVERS_DIR:?}/$port"
  mkdir "$SERVERS_DIR/$port"
  printf '%s\n' "port $port" "bind 127.0.0.1" "dir $SERVERS_DIR/$port" \
    "repl-diskless-sync-delay 0" >"$SERVERS_DIR/$port/redis.conf"
  server_again "$1"
}

replace_master() {
  local old
  old=$(index_of_master)
  does step_down && [ "$(index_of_master)" != "$old" ] && replace "$old" && does after
}

# `systemctl restart redis` on the machine at hand.
restart_at() {
  eval "systemctl() { redis-cli -p ${SERVERS_PORTS[$1]} shutdown nosave; wait ${SERVERS_PIDS[$1]}; server_again $1; }"
}

line_of_restart() {
  box restart | sed -n "$1p"
}

restart_all() {
  local old i
  old=$(index_of_master)
  for i in 0 1 2; do
    restart_at "$i"
    [ "$i" = "$old" ] || eval "$(line_of_restart 1)" || return 1
  done
  eval "$(line_of_restart 2)" || return 1
  restart_at "$old"
  eval "$(line_of_restart 3)" && eval "$(line_of_restart 4)"
}

all_were_down() {
  local i
  for i in 0 1 2; do
    redis-cli -p "${SERVERS_PORTS[$i]}" shutdown save >/dev/null
    wait "${SERVERS_PIDS[$i]}"
  done
  for i in 0 1 2; do server_again "$i" || return 1; done
  does wait_for_all && [ "$(haredis exec GET visits)" -gt 0 ]
}

# The third is left, as in the text.
majority_is_lost() {
  local before
  before=$(haredis exec GET visits)
  [ "$(index_of_master)" = 2 ] && haredis switchover --to "127.0.0.1:${SERVERS_PORTS[0]}"
  server_kill 0
  server_kill 1
  haredis status # fails: there is no master
  eval "$(box decide)" || return 1
  [ "$(haredis exec GET visits)" = "$before" ] || return 1
  haredis exec --set command_timeout_ms=1500 SET unsafe 1 && return 1
  haredis status | grep "not writable" || return 1
  replace 0 && replace 1 && does heal
}

another_address() {
  local left=0
  [ "$(index_of_master)" = 2 ] && { haredis switchover --to "127.0.0.1:${SERVERS_PORTS[0]}" || return 1; }
  server_kill 2
  does new_list && haredis status | grep -q "127.0.0.1:${SERVERS_PORTS[3]} *replica" || left=1
  haredis status
  return $left
}

not_whole() {
  server_kill 1
  ! haredis wait --for 1 2>"$SERVERS_DIR/why" && cat "$SERVERS_DIR/why" &&
    grep -q "is down: refused" "$SERVERS_DIR/why" && grep -q "not whole after 1 s" "$SERVERS_DIR/why" &&
    server_again 1 && haredis wait --for 60
}

kit_case "every line of the log that asks for a person" every_line
servers_start 3 || exit 1
eval "$(box nodes)"
kit_here "the group is founded" haredis exec SET visits 0
kit_here "a first look" does look
kit_here "wait says what is missing" not_whole
writer_starts
kit_here "replace the master by an empty one" replace_master
kit_here "restart all, one after another" restart_all
kit_here "nothing that was acknowledged is lost" writer_ends
kit_here "all were down" all_were_down
kit_here "a majority is lost" majority_is_lost
fourth() {
  local nodes=$SERVERS_NODES
  servers_start 1 && SERVERS_NODES=$nodes
}
fourth || exit 1
kit_here "another address" another_address
kit_end
