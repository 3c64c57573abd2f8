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

master_of() {
  "$HAREDIS" status | sed -n 's/^master \([^,]*\),.*/\1/p'
}

# comes FILE TEXT: within ten seconds that is a part of what is in the file.
comes() {
  local _
  for _ in $(seq 100); do
    grep -qF -- "$2" "$1" && return 0
    sleep 0.1
  done
  says "$1" "$2"
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
  run 0 --help && says "$OUT" status exec switchover takeover watch publish subscribe psubscribe \
    ssubscribe monitor keyspace metrics --nodes HAREDIS_NODES HAREDIS_USER HAREDIS_PASSWORD --user --tls \
    --cacert --cert --key --sni --insecure --raw --no-raw --db --stdin NO_COLOR "exit codes" down_after_ms \
    durability && [ ! -s "$ERR" ] &&
    ! grep -E '.{81}' "$OUT" && run 0 status -h && says "$OUT" "usage:"
}
help_by_word() {
  run 0 help && says "$OUT" "usage:" "exit codes" && [ ! -s "$ERR" ]
}
version() {
  run 0 --version && says "$OUT" "haredis 0."
}
kit_case "--help explains commands, options, environment, exit codes" help_is_complete
kit_case "help is --help" help_by_word
kit_case "--version" version
kit_case "no command: exit 2 and the usage" refused "usage: haredis"
kit_case "unknown command" refused "there is no command \`cats\`; \`haredis --help\`" -n a:1 cats
kit_case "... and what was meant" refused "there is no command \`swichover\`: \`switchover\`?" -n a:1 swichover
kit_case "... and its beginning" refused "there is no command \`stat\`: \`status\`?" -n a:1 stat
kit_case "a command of Redis stands behind exec" refused "behind \`haredis exec\`" -n a:1 get key
kit_case "unknown option, and what was meant" refused "there is no option \`--jsn\`: \`--json\`?" \
  -n a:1 status --jsn
kit_case "unknown option with a value" refused "\`--nods=a:1\`: \`--nodes\`?" --nods=a:1 status
kit_case "unknown option that resembles none" refused "\`--colour\`; \`haredis --help\`" -n a:1 --colour status
kit_case "a database that is no number" refused "--db x: " -n a:1 --db x exec PING
kit_case "... and one that the nodes contradict" refused "--db 0 contradicts the /3" --db 0 \
  -n redis://127.0.0.1:1/3 exec PING
kit_case "exec --stdin without a command" refused "a Redis command" -n a:1 exec -x
kit_case "publish --stdin beside a message" refused "a channel and a message" -n a:1 publish -x news hello
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
kit_case "subscribe without a channel" refused "channels" -n a:1 subscribe
kit_case "publish without a message" refused "a channel and a message" -n a:1 publish news
kit_case "keyspace without a pattern" refused "one pattern" -n a:1 keyspace
kit_case "--raw does not go with --no-raw" refused "exclude each other" -n a:1 --raw --no-raw exec PING
kit_case "--for wants seconds" refused "--for soon: wants whole seconds" -n a:1 wait --for soon
kit_case "--raw belongs to commands that print replies" refused "does not belong to status" \
  -n a:1 --raw status
kit_case "takeover without a node" refused "one node" -n a:1 takeover
kit_case "takeover without a terminal wants --yes" refused "--yes" -n 127.0.0.1:1 takeover 127.0.0.1:1

nobody_there() {
  run 1 -n 127.0.0.1:1,127.0.0.1:2 status && says "$OUT" "no master, 0 of 2 nodes up" down &&
    run 1 -n 127.0.0.1:1 -s command_timeout_ms=300 exec SET a b && says "$ERR" "SET" "did not run" &&
    [ ! -s "$OUT" ]
}
kit_case "no server: exit 1, and the reason" nobody_there

wrong_level() {
  HAREDIS_LOG=debgu run 1 -n 127.0.0.1:1 -s command_timeout_ms=300 exec GET a &&
    says "$ERR" "HAREDIS_LOG=debgu is no level"
}
says_that_it_waits() {
  run 1 -n 127.0.0.1:1,127.0.0.1:2 -s command_timeout_ms=1500 exec GET a &&
    says "$ERR" "fewer than a majority of the nodes can be heard: waiting" "GET: " &&
    run 1 -n 127.0.0.1:1,127.0.0.1:2 -s command_timeout_ms=500 exec GET a && ! grep waiting "$ERR"
}
why_down() {
  run 1 -n 127.0.0.1:1,127.0.0.1:2 status && says "$OUT" "127.0.0.1:1 is down: refused"
  timeout -s INT 1.5 "$HAREDIS" -n 127.0.0.1:1 watch >"$OUT" 2>"$ERR"
  says "$OUT" NODE_DOWN "127.0.0.1:1 is down: refused"
}
# offers TEXT WORD...: Tab behind TEXT offers these, in this order.
offers() {
  local text=$1 want
  shift
  want=$(printf '%s\n' "$@")
  run 0 complete "$text" && [ "$(cat "$OUT")" = "$want" ] && return 0
  cat "$OUT"
  return 1
}
kit_case "who waits longer than a second is told what for" says_that_it_waits
kit_case "a HAREDIS_LOG that is no level is told" wrong_level
kit_case "status and watch say why a node is down that was never up" why_down
kit_case "completion without a server: names" offers "subs" subscribe
kit_case "completion without a server: case is kept" offers "GETB" GETBIT
kit_case "completion without a server: options" offers "set k v p" px pxat
kit_case "completion without a server: nothing fits" offers "get x" ""

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
transactions() {
  printf '%s\n' 'MULTI' 'MULTI' 'SET t 1' 'INCR t' 'EXEC' 'EXEC' 'WATCH t' 'GET t' 'MULTI' 'INCR t' \
    'EXEC' 'MULTI' 'DEL t' 'DISCARD' 'GET t' 'WATCH t' 'SET t 7' 'MULTI' 'INCR t' 'WATCH t' 'EXEC' \
    'GET t' 'DISCARD' 'WATCH t' 'UNWATCH' 'MULTI' 'LPUSH t 1' 'EXEC' |
    "$HAREDIS" --no-raw >"$OUT" 2>"$ERR"
  says "$ERR" "line 2: ERR MULTI calls" "line 6: ERR EXEC" "line 23: ERR DISCARD" &&
    [ "$(wc -l <"$ERR")" -eq 4 ] && diff - "$OUT" <<'EOF'
OK
(error) ERR MULTI calls can not be nested
QUEUED
QUEUED
1) OK
2) (integer) 2
(error) ERR EXEC without MULTI
OK
"2"
OK
QUEUED
1) (integer) 3
OK
QUEUED
OK
"3"
OK
OK
OK
QUEUED
(error) ERR WATCH inside MULTI is not allowed
(nil)
"7"
(error) ERR DISCARD without MULTI
OK
OK
OK
QUEUED
1) (error) WRONGTYPE Operation against a key holding the wrong kind of value
EOF
}
blocking_commands() {
  (sleep 0.5; "$HAREDIS" exec LPUSH soon job >/dev/null) &
  run 0 exec BLPOP soon 20 && [ "$(cat "$OUT")" = "$(printf 'soon\njob')" ]
}
refused_commands() { # in the words of this program, not of the library
  run 1 exec SUBSCRIBE a && says "$ERR" "SUBSCRIBE did not run: \`haredis subscribe CHANNEL" &&
    run 1 exec MONITOR && says "$ERR" "haredis monitor" && run 1 exec SELECT 1 &&
    says "$ERR" "--db" && run 1 exec AUTH x && says "$ERR" "--user and --password" &&
    run 1 exec MULTI && says "$ERR" "line by line" &&
    run 1 exec REPLICAOF a 1 && says "$ERR" "\`haredis switchover [--to NODE]\` does it" && run 1 exec PSYNC a 1 &&
    ! grep -E 'PSYNC: PSYNC|haredis_' "$ERR" || return 1
  printf '%s\n' SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE MULTI 'SELECT 1' 'SUBSCRIBE a' DISCARD | run_input 1 &&
    [ "$(cat "$OUT")" = "$(printf 'OK\nOK')" ] && [ "$(wc -l <"$ERR")" -eq 5 ] &&
    says "$ERR" "line 1: SUBSCRIBE" "SUBSCRIBE CHANNEL..., outside of MULTI" "PSUBSCRIBE PATTERN" \
      "Ctrl-C ends" "line 5: SELECT did not run: SELECT N, outside of MULTI" &&
    ! grep haredis_ "$ERR"
}
# types COMMAND EXPECTED: the line as the REPL prints its answer with types.
types() {
  printf '%s\n' "$1" | "$HAREDIS" --no-raw >"$OUT" 2>"$ERR"
  [ "$(cat "$OUT")" = "$2" ] && return 0
  echo "$1 is printed as"
  cat "$OUT" "$ERR"
  return 1
}
printed() {
  types 'DEL k' '(integer) 0' && types 'SET k "a\x00\"\n\\"' OK &&
    types "GET k" '"a\x00\"\n\\"' && types "SET k 'a\n\'b'" OK && types 'GET k' '"a\\n'"'"'b"' &&
    types 'GET none' '(nil)' && types 'LPUSH k 1' \
    '(error) WRONGTYPE Operation against a key holding the wrong kind of value' &&
    types 'EVAL "return {}" 0' '(empty array)' &&
    types 'EVAL "return {1,{2,{},redis.status_reply([[fine]])},false}" 0' \
      "$(printf '1) (integer) 1\n2) 1) (integer) 2\n   2) (empty array)\n   3) fine\n3) (nil)')" &&
    types 'EVAL "return {1,2,3,4,5,6,7,8,9,{10,11}}" 0' \
      "$(printf ' %s) (integer) %s\n' 1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 9 9
        printf '10) 1) (integer) 10\n    2) (integer) 11\n')"
}
as_redis_cli_prints() { # with types and bare: the same bytes
  local line mode port
  port=$(master_of)
  port=${port##*:}
  for line in 'LRANGE none 0 -1' 'GET key' 'EVAL "return {1,{2,{3}},[[x]]}" 0' 'SET a "b' 'TTL a' \
    'COMMAND INFO get none' 'ECHO "\x07\xff\r\n\t\a\b\\"' "ECHO 'a\\n\\'b'" 'ECHO "\q\x4"' 'ECHO a"b"' \
    'ECHO ""' 'ECHO é' 'GET none' 'INCRBYFLOAT none x' 'FOO bar' 'GET a b' 'OBJECT HELP' 'PING' 'TIME x' \
    'EVAL "return {false,{},{false}}" 0' 'MEMORY DOCTOR' 'LOLWUT VERSION 1' \
    'GEOPOS none a b' 'HELLO 2 AUTH' "EVAL 'return redis.status_reply([[]])' 0"; do
    for mode in --raw --no-raw; do
      printf '%s\n' "$line" | "$HAREDIS" $mode 2>/dev/null >"$OUT"
      printf '%s\n' "$line" | redis-cli $mode -p "$port" 2>/dev/null |
        grep -av 'Invalid argument' >"$OUT.redis"
      # a bare error is followed by an empty line there
      [ $mode = --no-raw ] || ! grep -qE '^(ERR|WRONGTYPE) ' "$OUT" || sed -i '${/^$/d}' "$OUT.redis"
      [ "${line% *}" != "HELLO 2" ] || : >"$OUT.redis" # who we are is said by options
      cmp "$OUT.redis" "$OUT" && continue
      echo "$mode: $line"
      diff "$OUT.redis" "$OUT"
      return 1
    done
  done
}
told_with_lines() {
  printf '%s\n' 'SET pipe x' 'INCR pipe' 'GET "pipe' '' 'SUBSCRIBE' 'SET pipe' 'GET pipe' | run_input 1 &&
    [ "$(cut -d ' ' -f 1 <"$OUT" | tr '\n' ' ')" = "OK ERR ERR x " ] &&
    [ "$(grep -o 'line [0-9]*: [A-Za-z]*' "$ERR" | tr '\n' ' ')" = \
      "line 2: ERR line 3: a line 5: SUBSCRIBE line 6: ERR " ] || { cat "$OUT" "$ERR"; return 1; }
  printf 'SET pipe a\0b\nGET pipe\n' | run_input 1 && [ "$(cat "$OUT")" = x ] &&
    says "$ERR" 'line 1: a byte 0 is written "\x00"'
  printf 'FOO\nstatus\n' | run_input 1
}
cut_short() { # what was not run is no success
  local pid code
  { echo 'SET short 1'; sleep 2; echo 'SET short 2'; } | exec "$HAREDIS" >"$OUT" 2>"$ERR" &
  pid=$!
  comes "$OUT" OK || return 1
  kill -INT $pid
  wait $pid
  code=$?
  [ $code -eq 1 ] || { echo "exit code $code"; return 1; }
}
long_answer() { # Ctrl-C ends a list that nobody wants to see to its end, and that is no success
  local pid=$SERVERS_DIR/pid code
  rm -f "$pid"
  sh -c 'echo $$ >"$1"; exec "$2" exec EVAL "local t = {} for i = 1, 300000 do t[i] = i end return t" 0' \
    sh "$pid" "$HAREDIS" 2>"$ERR" > >(head -c 100 >/dev/null; kill -INT "$(cat "$pid")"; cat >"$OUT")
  code=$?
  [ $code -eq 1 ] && says "$ERR" "EVAL: it has run, its answer is not shown to its end" &&
    ! grep -qx 300000 "$OUT"
}
long_lines() { # as quick behind a long one as before
  local since=$SECONDS
  { printf 'SET long '; head -c 20000000 /dev/zero | tr '\0' x; printf '\nSTRLEN long\nDEL long\n'
    yes 'PING' | head -n 20000; } >"$SERVERS_DIR/long"
  run_input 0 <"$SERVERS_DIR/long" && [ "$(wc -l <"$OUT")" -eq 20003 ] && says "$OUT" 20000000 &&
    [ $((SECONDS - since)) -lt 30 ]
}
from_stdin() {
  local bytes=$SERVERS_DIR/bytes
  printf 'a\0b\r\n\n' >"$bytes"
  "$HAREDIS" exec -x SET bytes <"$bytes" >"$OUT" && [ "$(cat "$OUT")" = OK ] &&
    "$HAREDIS" exec STRLEN bytes >"$OUT" && [ "$(cat "$OUT")" = 6 ] &&
    "$HAREDIS" --raw exec GET bytes | head -c 6 | cmp - "$bytes" &&
    printf '' | "$HAREDIS" exec --stdin SET bytes >"$OUT" && run 0 exec STRLEN bytes &&
    [ "$(cat "$OUT")" = 0 ] || return 1
  head -c 5000 /dev/zero | "$HAREDIS" -s queue_max_bytes=1000 exec -x SET bytes >"$OUT" 2>&1 &&
    run 0 exec STRLEN bytes && [ "$(cat "$OUT")" = 5000 ] # it waits for nothing
}
databases() {
  run 0 --db 2 exec SET here two && run 0 exec EXISTS here && [ "$(cat "$OUT")" = 0 ] &&
    printf '%s\n' 'GET here' 'SELECT 2' 'GET here' 'SELECT 0' 'GET here' 'WATCH a' 'SELECT 1' UNWATCH |
    run_input 1 && [ "$(cat "$OUT")" = "$(printf '\nOK\ntwo\nOK\n\nOK\nOK')" ] &&
    says "$ERR" "line 7: SELECT did not run" || { cat "$OUT" "$ERR"; return 1; }
  printf '%s\n' 'SET uri 3' 'SELECT 0' 'EXISTS uri' 'SELECT 3' 'GET uri' 'DEL uri' |
    HAREDIS_NODES=redis://${SERVERS_NODES//,//3,redis://}/3 run_input 0 &&
    [ "$(cat "$OUT")" = "$(printf 'OK\nOK\n0\nOK\n3\n1')" ] || { cat "$OUT" "$ERR"; return 1; }
  printf '%s\n' 'SELECT 99' 'SELECT x' 'SET still 0' | run_input 1 && [ "$(cat "$OUT")" = OK ] &&
    says "$ERR" "line 1: SELECT: " "DB index is out of range" "line 2: SELECT x" &&
    run 0 exec GET still && [ "$(cat "$OUT")" = 0 ]
}
text_as_it_is() { # INFO is for people, also where replies carry their types
  run 0 --no-raw exec INFO server && says "$OUT" "# Server" && grep -q '^redis_version:' "$OUT" &&
    run 0 --no-raw exec CLIENT LIST && grep -q '^id=' "$OUT"
}
piped() {
  printf 'SET pipe 1\nINCR pipe\n\nGET pipe' | run_input 0 && [ "$(cat "$OUT")" = "$(printf 'OK\n2\n2')" ] &&
    printf 'SET pipe x\nINCR pipe\nGET pipe\n' | run_input 1 && says "$OUT" "not an integer" x &&
    printf 'GET "pipe\n' | run_input 1 && says "$ERR" "quote" &&
    printf 'exit\nSET pipe y\n' | run_input 0 && [ ! -s "$OUT" ]
}
run_input() {
  timeout 60 "$HAREDIS" >"$OUT" 2>"$ERR"
  [ $? -eq "$1" ] && return 0
  cat "$OUT" "$ERR"
  return 1
}
kit_case "exec SET and GET" set_and_get
kit_case "replies are printed with their types" printed
kit_case "... and exactly as redis-cli prints them" as_redis_cli_prints
kit_case "commands from a pipe, and the exit code" piped
kit_case "... what fails is told with the number of its line" told_with_lines
kit_case "... a pipe that is cut short is no success" cut_short
kit_case "... lines of any length" long_lines
kit_case "Ctrl-C in the midst of a long answer" long_answer
kit_case "exec -x: the last argument from standard input" from_stdin
kit_case "--db, and SELECT line by line" databases
kit_case "INFO is printed as it is" text_as_it_is
kit_case "completion by the server's COMMAND: subcommands" offers "config re" resetstat rewrite
kit_case "completion by the server's COMMAND: their options" offers "CLIENT KILL T" TYPE
warned_once() { # of a list that is not the group's
  local two=${SERVERS_NODES%,*} text="the group lists other nodes than this client" as
  for as in "exec GET key" "publish news x"; do
    # shellcheck disable=SC2086
    run 0 -n "$two" $as && [ "$(grep -cF "haredis: warning: " "$ERR")" = 1 ] && says "$ERR" "$text" ||
      return 1
  done
  printf 'GET key\nGET key\n' | "$HAREDIS" -n "$two" >"$OUT" 2>"$ERR"
  [ "$(grep -cF "$text" "$ERR")" = 1 ] || return 1
  timeout -s INT 2 "$HAREDIS" -n "$two" subscribe news >"$OUT" 2>"$ERR"
  [ "$(grep -cF "$text" "$ERR")" = 1 ] && run 0 exec GET key && [ ! -s "$ERR" ]
}
wrong_database() { # at once
  local since=$SECONDS
  run 1 --set db=99 --set command_timeout_ms=50000 exec GET key &&
    says "$ERR" "DB index is out of range" "did not run" &&
    run 1 --set db=99 --set command_timeout_ms=50000 exec BLPOP key 0 &&
    says "$ERR" "DB index is out of range" && [ $((SECONDS - since)) -lt 30 ]
}
kit_case "a node list that is not the group's is warned of, once" warned_once
kit_case "a database that does not exist is named at once" wrong_database
kit_case "exec prints integers, arrays, nil" other_replies
kit_case "an error reply is printed, exit 1" error_reply
kit_case "MULTI, EXEC, DISCARD, WATCH and UNWATCH" transactions
kit_case "exec waits with BLPOP" blocking_commands
kit_case "a command that cannot be shared is refused with the reason" refused_commands

typed_on_terminal() {
  on_terminal "$HAREDIS exec LRANGE list 0 -1" >"$OUT"
  says "$OUT" '1) "a"' '2) "b"' &&
    on_terminal "$HAREDIS exec GET nothing" >"$OUT" && says "$OUT" "(nil)"
}
terminal_case "replies carry their types on a terminal" typed_on_terminal

# person KEYS...: a terminal at which somebody types these, with a pause before each. Leaves $OUT.
export HOME=$SERVERS_DIR
person() {
  local keys
  for keys in "sleep 1" "$@" ""; do
    sleep 0.4
    # shellcheck disable=SC2059
    case $keys in sleep*) $keys ;; *) printf "$keys" ;; esac
  done | timeout 60 script -qec "$HAREDIS" /dev/null | tr -d '\r' >"$OUT"
}
HISTORY=$SERVERS_DIR/.haredis_history
typed_by_a_person() {
  rm -f "$HISTORY"
  person 'SET person "a b"\r' 'GET person\r' 'GET person\r' 'AUTH secret\r' 'CONFIG SET requirepass ""\r' \
    'BLPOP nothing 0\r' '\003' 'ECHO still-here\r' 'monitor\r' '\003' 'exit\r'
  says "$OUT" "127.0.0.1:" "> " OK '"a b"' '"still-here"' "Reading messages" || return 1
  [ "$(stat -c %a "$HISTORY")" = 600 ] || { ls -l "$HISTORY"; return 1; }
  [ "$(grep -c 'GET person' "$HISTORY")" = 1 ] || { cat "$HISTORY"; return 1; }
  ! grep -iE 'auth|requirepass' "$HISTORY"
}
remembered() { # what an earlier one typed comes back by arrow up, and Tab completes
  person '\033[A\033[A\033[A\r' 'CONF\tget save\r' 'ECHO "unclosed\r' '\033[A"\r' '\004'
  says "$OUT" '"still-here"' '"save"' '"unclosed"' && ! grep -x 'ECHO "unclosed' "$HISTORY"
}
given_up() { # who does not wait any longer takes nothing
  person 'BLPOP given-up 0\r' '\003' 'RPUSH given-up kept\r' 'LPOP given-up\r' 'exit\r'
  says "$OUT" "not waited for" '"kept"'
}
exec_given_up() { # at once, not when the time of the command is over
  person 'CLIENT PAUSE 4000 WRITE\r' 'MULTI\r' 'SET given-up 1\r' 'EXEC\r' '\003' 'TIME 0\r' 'exit\r'
  says "$OUT" "(TX)> " "EXEC: not waited for any longer: it may run, or have run" "arguments for 'time'" &&
    run 0 --set command_timeout_ms=20000 exec SET given-up 2
}
typed_letters() { # beyond ASCII
  local locale
  for locale in C C.UTF-8; do
    LC_ALL=$locale person 'ECHO é漢x\r' 'exit\r'
    says "$OUT" '"\xc3\xa9\xe6\xbc\xa2x"' || return 1
  done
}
helps() { # in the server's words
  person 'help lmove\r' 'help config set\r' 'help nothing\r' 'help\r' 'exit\r'
  says "$OUT" "lmove source destination <LEFT | RIGHT> <LEFT | RIGHT>" "complexity: O(1)" \
    "config set parameter value [parameter value ...]" "help nothing: the server knows no such" "takeover NODE"
}
told_slow() {
  person 'BLPOP nothing 1\r' "sleep 1" 'SELECT 3\r' 'exit\r'
  grep -qE '^\(1\.[0-9]{2}s\)$' "$OUT" && says "$OUT" "(nil)" "[3]> "
}
terminated() { # SIGTERM ends the program, Ctrl-C only what is under way
  local pid=$SERVERS_DIR/pid state=running
  rm -f "$pid"
  sleep 10 | timeout 30 script -qec "sh -c 'echo \$\$ >$pid; exec $HAREDIS'; echo ended \$?" \
    /dev/null >"$OUT" &
  sleep 2
  kill -TERM "$(cat "$pid")" || return 1
  for _ in $(seq 50); do
    grep -q "ended 0" "$OUT" && state=ended && break
    sleep 0.1
  done
  wait $!
  [ $state = ended ] || { cat "$OUT"; return 1; }
}
HAS_EDITING=0
ldd "$HAREDIS" | grep -q libedit && HAS_EDITING=1
terminal_case "a person types: replies, Ctrl-C, history without passwords, readable by its owner" \
  typed_by_a_person
[ $HAS_EDITING -eq 0 ] || terminal_case "arrow up and Tab" remembered
[ $HAS_EDITING -eq 1 ] || echo "note: built without libedit: editing is not tested"
terminal_case "Ctrl-C on BLPOP: what comes later is not taken" given_up
terminal_case "Ctrl-C on EXEC" exec_given_up
terminal_case "letters beyond ASCII" typed_letters
terminal_case "what takes long says how long; the prompt names the database" told_slow
terminal_case "help COMMAND" helps
terminal_case "SIGTERM at the prompt" terminated

# The row of status for each role; replicas are linked (a moment after the birth of the group).
table() {
  local _
  for _ in $(seq 50); do
    run 0 status || return 1
    [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] && break
    sleep 0.1
  done
  says "$OUT" "3 of 3 nodes up" NODE ROLE LINEAGE OPCOUNTER OFFSET LAG LINK FOLLOWS KEYS "ROUND TRIP" &&
    [ "$(grep -cE ' [0-9]+\.[0-9]{2}ms$' "$OUT")" -eq 3 ] &&
    [ "$(grep -cE '^127\.[0-9.:]+ +master +[0-9]+:' "$OUT")" -eq 1 ] &&
    [ "$(grep -cE '^127\.[0-9.:]+ +replica +[0-9]+:.* up +127\.' "$OUT")" -eq 2 ] && return 0
  cat "$OUT"
  return 1
}
json() {
  run 0 status --json &&
    redis-cli -p "${SERVERS_PORTS[0]}" -x EVAL 'local all = cjson.decode(ARGV[1])
      return #all.nodes * 10 + #all.metrics.nodes' 0 <"$OUT" | grep -qx 33 && return 0
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
  [ "$(grep -c "$ESC\[H" "$OUT")" -gt 1 ] && says "$OUT" RECEIVED DIALLED "without a writable" &&
    grep -qE '^127\.[0-9.:]+ +[1-9][0-9]* k?B/s +[1-9][0-9]* k?B/s +[0-9]+ +0 +0' "$OUT"
}
page() {
  run 0 metrics && [ "$(grep -c '^haredis_node_up{.*} 1$' "$OUT")" -eq 3 ] &&
    [ "$(grep -c '^haredis_node_master{.*} 1$' "$OUT")" -eq 1 ] &&
    [ "$(grep -c '^haredis_node_round_trip_seconds{.*} 0\.[0-9]*$' "$OUT")" -eq 3 ] &&
    grep -q '^haredis_writable{client="1"} 1$' "$OUT" || { cat "$OUT"; return 1; }
  ! command -v promtool >/dev/null || promtool check metrics <"$OUT" || return 1
  run 0 -n 127.0.0.1:1,127.0.0.1:2 metrics && grep -q '^haredis_writable{client="1"} 0$' "$OUT" &&
    [ "$(grep -c '^haredis_node_up{.*} 0$' "$OUT")" -eq 2 ]
}
kit_case "status shows one master and two linked replicas" table
kit_case "status --json is JSON" json
kit_case "metrics prints a page for Prometheus, also when nothing answers" page
terminal_case "colours on a terminal only, and not with NO_COLOR" colours
terminal_case "status --watch draws over itself on a terminal" redraws

# ------------------------------------------------------------------------------- changes -------

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
  run 1 switchover --to 10.9.8.7:1 &&
    says "$ERR" "switchover 10.9.8.7:1: no such node in --nodes $SERVERS_NODES"
}
changes_by_line() { # the words of the command line, line by line
  local old
  old=$(master_of)
  printf '%s\n' 'switchover 10.9.8.7:1' takeover 'takeover 10.9.8.7:1' 'keyspace news.*' | run_input 1 &&
    says "$ERR" "no such node in --nodes" "takeover NODE" "--yes" psubscribe || return 1
  printf 'switchover\nstatus\n' | run_input 0 && says "$OUT" "is master" OPCOUNTER &&
    [ "$(master_of)" != "$old" ]
}
kit_case "switchover --to a replica" switch_to
kit_case "switchover to the best replica" switch_to_best
kit_case "switchover to a node that is not in the list" switch_to_nobody
kit_case "switchover, takeover, keyspace and status line by line" changes_by_line

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
  says "$SERVERS_DIR/watch" READY MASTER_CHANGED && [ $WATCH_CODE -eq 0 ] &&
    grep -q 'epoch [0-9]*:' "$SERVERS_DIR/watch" && ! grep 'epoch.*epoch' "$SERVERS_DIR/watch" &&
    return 0
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

# ------------------------------------------- what is left of locks, two that never met, passwords ---

# Nobody's data: notes, and a lock whose owner is gone. A replica does not delete what has expired.
FIRST=${#SERVERS_PORTS[@]}
SERVERS_NODES=
servers_start 3 || exit 1
export HAREDIS_NODES=$SERVERS_NODES
leave_a_lock() {
  local run_id
  run_id=$(redis-cli -p "$1" info server | tr -d '\r' | sed -n 's/^run_id://p')
  redis-cli -p "$1" hset haredis:node ours 1
  redis-cli -p "$1" set "haredis:lock:$run_id" 1:abcdefgh:gone px 1000
  redis-cli -p "$1" replicaof 127.0.0.1 0
  until [ -z "$(redis-cli -p "$1" get "haredis:lock:$run_id")" ]; do sleep 0.02; done
}
nobodys_data() {
  local i port
  for i in 1 2; do
    port=${SERVERS_PORTS[$((FIRST + i))]}
    leave_a_lock "$port" >/dev/null
    [ "$(redis-cli -p "$port" dbsize)" = 2 ] || { echo "no lock is counted"; return 1; }
  done
  run 0 --set command_timeout_ms=5000 exec SET key 1 && run 0 status --json &&
    ! grep -q never "$ERR"
}
kit_case "a lock that has expired on a replica is nobody's data" nobodys_data

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
  echo "$answer" | grep -q "127.0.0.1:$A holds 1 key" &&
    echo "$answer" | grep -q "nothing was changed" && [ "$(redis-cli -p "$A" get who)" = a ]
}
says_yes() {
  run 0 takeover --yes "127.0.0.1:$B" && says "$ERR" "it is lost" && run 0 exec GET who &&
    [ "$(cat "$OUT")" = b ]
}
kit_case "two nodes with unrelated data: nothing is touched" ambiguous
terminal_case "takeover asks, and no is no" says_no
kit_case "takeover --yes" says_yes

# Fresh nodes, one of which is not there.
SERVERS_NODES=
servers_start 2 || exit 1
# One server under two names is one node: no group is founded of what are not the nodes of the list.
twins() {
  local mine="${SERVERS_NODES%%,*}" list one="are one server and count as one node"
  list="$mine,localhost:${mine##*:}"
  run 1 -n "$list" status && says "$ERR" "$one" && run 1 -n "$list" wait --for 1 &&
    says "$ERR" "$one" "not whole after" && run 2 -n "$mine,$mine" status &&
    says "$ERR" "this node is in the list twice"
}
unborn() {
  run 1 -n "$SERVERS_NODES,127.0.0.1:1" status &&
    says "$OUT" "no group yet: the first election needs every node; 127.0.0.1:1 does not answer" &&
    run 0 -n "$SERVERS_NODES" exec SET a b && run 0 -n "$SERVERS_NODES" status &&
    ! grep "no group" "$OUT"
}
kit_case "one server under two names is told" twins
kit_case "status says what a group that is not yet waits for" unborn

other_list_without_its_master() { # there is none among the nodes that are listed
  local replica
  replica=$("$HAREDIS" -n "$SERVERS_NODES" status | sed -n 's/^\(127[^ ]*\)  *replica.*/\1/p')
  run 1 -n "$replica" -s command_timeout_ms=1500 exec GET a && says "$ERR" "lists other nodes than"
}
unresolved() {
  run 1 -n nobody.invalid:1 status && says "$OUT" "nobody.invalid:1 is down: its name does not resolve"
}
kit_case "another list is told without its master, too" other_list_without_its_master
kit_case "a name that does not resolve is told apart" unresolved

SERVERS_NODES=
servers_start 1 "requirepass secret" || exit 1
export HAREDIS_NODES=$SERVERS_NODES
wrong_password() { # and not only when the time of the command is over
  local since=$SECONDS
  run 1 --set command_timeout_ms=50000 exec GET a && says "$ERR" "password" &&
    run 1 -p wrong --set command_timeout_ms=50000 exec GET a && says "$ERR" "password" &&
    HAREDIS_USER=nobody run 1 --pass secret --set command_timeout_ms=50000 exec GET a &&
    says "$ERR" "password" && run 1 status && says "$OUT" "refuses our username or password" &&
    run 1 -p wrong switchover && says "$ERR" "is down: refuses our username" &&
    [ $((SECONDS - since)) -lt 10 ]
}
wrong_password_and_a_dead_node() { # of three: two refuse us, the third is gone
  local since=$SECONDS
  run 1 -n "$SERVERS_NODES,127.0.0.1:1" -p wrong --set command_timeout_ms=50000 exec GET a &&
    says "$ERR" WRONGPASS "the servers refuse us" && [ $((SECONDS - since)) -lt 20 ]
}
right_password() {
  HAREDIS_PASSWORD=secret run 0 exec SET a b && run 0 --password=secret exec GET a &&
    [ "$(cat "$OUT")" = b ]
}
kit_case "a wrong password is named" wrong_password
kit_case "HAREDIS_PASSWORD and --password" right_password
servers_start 1 "requirepass secret" || exit 1
kit_case "a wrong password while a node is down" wrong_password_and_a_dead_node

# Seen from an address of this machine that is not loopback, where it has one.
protected_mode() {
  local node=$OUTSIDE:${SERVERS_PORTS[$FIRST]}
  run 1 -n "$node" --set command_timeout_ms=50000 exec GET a && says "$ERR" "DENIED Redis is running in protected" &&
    run 1 -n "$node" status && says "$OUT" "$node is down: its protected mode refuses us" &&
    ! grep -i "username or password" "$OUT" "$ERR"
}
OUTSIDE=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 -E '^[0-9.]+$')
if [ -n "$OUTSIDE" ]; then
  SERVERS_NODES=
  FIRST=${#SERVERS_PORTS[@]}
  servers_start 1 "bind 127.0.0.1 $OUTSIDE" || exit 1
  kit_case "protected mode is named" protected_mode
else
  echo "note: this machine has no address but loopback: protected mode is not tried"
fi

# The least that the README says a user must be allowed, and what the application needs on top.
LEAST=$(sed -n '/^~haredis:/,/^```/p' "$KIT_ROOT/README.md" | grep -v '^```' | tr '\n' ' ')
SERVERS_NODES=
servers_start 3 "user default off" "user root on >root ~* &* +@all" \
  "user replica on >stream resetchannels -@all +psync +replconf +ping" \
  "user app on >secret $LEAST ~app:* +incr +monitor &app:* &__key*" "notify-keyspace-events KEA" || exit 1
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

# Every way of listening as that user, through a planned switchover: nobody is refused, no gap.
least_privilege_listens() {
  local as="-u app -p secret -s replication_username=replica -s replication_password=stream" way n
  local dir=$SERVERS_DIR/least pids=()
  mkdir -p "$dir"
  for way in "subscribe app:news" "psubscribe app:*" "ssubscribe app:news"; do
    # shellcheck disable=SC2086
    timeout 30 "$HAREDIS" $as $way >"$dir/${way% *}" 2>"$dir/${way% *}.err" &
    pids+=($!)
  done
  # shellcheck disable=SC2086
  timeout 30 "$HAREDIS" $as keyspace '__key*' >"$dir/keyspace" 2>"$dir/keyspace.err" &
  pids+=($!)
  # shellcheck disable=SC2086
  timeout 30 "$HAREDIS" $as monitor >"$dir/monitor" 2>"$dir/monitor.err" &
  pids+=($!)
  for n in 1 2 3; do
    sleep 1
    # shellcheck disable=SC2086
    run 0 $as publish app:news "hello $n" && run 0 $as exec INCR "app:n$n" || return 1
    # shellcheck disable=SC2086
    [ "$n" -ne 2 ] || run 0 $as switchover || return 1
  done
  # shellcheck disable=SC2086
  printf '%s\n' 'WATCH app:n' MULTI 'INCR app:n' EXEC | "$HAREDIS" $as >"$OUT" 2>"$ERR"
  sleep 0.5
  kill -INT "${pids[@]}"
  wait "${pids[@]}"
  says "$OUT" QUEUED && [ ! -s "$ERR" ] && says "$dir/subscribe" "hello 3" &&
    says "$dir/psubscribe" "hello 3" && says "$dir/keyspace" app:n3 && says "$dir/monitor" app:n3 &&
    says "$dir/monitor" "hello 3" && ! grep -hE 'NOPERM|refuse' "$dir"/*.err &&
    ! grep -h 'gap:' "$dir/subscribe.err" "$dir/psubscribe.err" && return 0
  grep . "$dir"/*.err "$ERR"
  return 1
}
kit_case "... listens in every way" least_privilege_listens

# Who may not listen is told so and does not wait: without a right to the channel, to our own
# channels, to MONITOR.
SERVERS_NODES=
servers_start 3 "notify-keyspace-events KEA" "user default on nopass ~* &* +@all" \
  "user named on >secret ~* &haredis:* +@all -monitor" "user deaf on >secret ~* resetchannels +@all" ||
  exit 1
export HAREDIS_NODES=$SERVERS_NODES
may_not_listen() {
  local way user
  run 0 exec SET a b || return 1
  for way in "subscribe news other" "psubscribe n*" "ssubscribe news"; do
    for user in named deaf; do
      # shellcheck disable=SC2086
      run 1 -u $user -p secret $way && says "$ERR" "haredis: warning: " NOPERM || return 1
    done
  done
  run 1 -u named -p secret monitor && says "$ERR" "refuses MONITOR: NOPERM" &&
    run 1 -u named -p secret keyspace '__key*' && says "$ERR" "refuses PSUBSCRIBE: NOPERM" &&
    [ "$(grep -c 'refuses PSUBSCRIBE' "$ERR")" = 1 ]
}
kit_case "who may not listen is told, exit 1" may_not_listen

# --------------------------------------------------------------------------------- listening ---

SERVERS_NODES=
FIRST=${#SERVERS_PORTS[@]}
servers_start 3 "notify-keyspace-events KEA" || exit 1
export HAREDIS_NODES=$SERVERS_NODES
EARS=()

# listen NAME ARGUMENT...: in the background, into NAME.out and NAME.err, until killed.
listen() {
  local name=$1
  shift
  timeout 60 "$HAREDIS" "$@" >"$SERVERS_DIR/$name.out" 2>"$SERVERS_DIR/$name.err" </dev/null &
  EARS+=($!)
}
# hears NAME TEXT: within ten seconds that is a line of what NAME prints.
hears() {
  local _
  for _ in $(seq 100); do
    grep -qxF -- "$2" "$SERVERS_DIR/$1.out" && return 0
    sleep 0.1
  done
  echo "$1 did not hear: $2"
  cat "$SERVERS_DIR/$1.out" "$SERVERS_DIR/$1.err"
  return 1
}
# How often the line was printed.
heard() {
  grep -cxF -- "$2" "$SERVERS_DIR/$1.out"
}
all_hear() {
  run 0 publish news "$1" && hears sub "$(printf 'news\t%s' "$2")" &&
    hears psub "$(printf 'n*\tnews\t%s' "$2")" && run 0 exec SET "seen:$3" 1 &&
    hears keys "$(printf '__keyevent@0__:set\tseen:%s' "$3")" &&
    monitored "\"SET\" \"seen:$3\" \"1\""
}
monitored() {
  comes "$SERVERS_DIR/monitor.out" "$1"
}
begin_listening() {
  local _
  for _ in $(seq 100); do
    "$HAREDIS" publish news ready >/dev/null
    "$HAREDIS" exec SET seen:ready 1 >/dev/null
    sleep 0.1
    grep -q ready "$SERVERS_DIR/sub.out" && grep -q ready "$SERVERS_DIR/psub.out" &&
      grep -q ready "$SERVERS_DIR/keys.out" && grep -q seen:ready "$SERVERS_DIR/monitor.out" &&
      return 0
  done
  cat "$SERVERS_DIR"/*.err
  return 1
}
after_switchover() {
  run 0 switchover && all_hear after after after && [ "$(heard sub "$(printf 'news\tafter')")" = 1 ]
}
killed_master() {
  local old i
  old=$(master_of)
  for i in "${!SERVERS_PORTS[@]}"; do
    [ "127.0.0.1:${SERVERS_PORTS[$i]}" != "$old" ] || server_kill "$i"
  done
  run 0 exec SET during 1 && all_hear killed killed killed && comes "$SERVERS_DIR/sub.err" "is master" &&
    comes "$SERVERS_DIR/keys.err" "gap: messages from"
}
stopped() {
  [ "$EAR_CODES" = "0 0 0 0 0 " ] && ! grep -q 'Reading messages' "$SERVERS_DIR"/*.out
}
subscribed_on_terminal() {
  local pid=$SERVERS_DIR/pid
  timeout 60 script -qec "sh -c 'echo \$\$ >$pid; exec $HAREDIS subscribe tele'" /dev/null \
    </dev/null >"$ERR" &
  comes "$ERR" '3) (integer) 1' && "$HAREDIS" publish tele vision >/dev/null && comes "$ERR" vision &&
    kill -INT "$(cat "$pid")" && wait $!
  tr -d '\r' <"$ERR" >"$OUT"
  says "$OUT" "Reading messages" '1) "subscribe"' '2) "tele"' '3) (integer) 1' '1) "message"' \
    '3) "vision"' "1 message in"
}
published() { # what stands behind the channel is the message, dashes and all
  local n
  for n in --help -x -- -5; do
    run 0 publish news "$n" && [ "$(cat "$OUT")" = 0 ] && hears sub "$(printf 'news\t%s' "$n")" || return 1
  done
  printf 'two\nlines' | "$HAREDIS" publish -x news >"$OUT" && hears sub "$(printf 'news\ttwo\\nlines')"
}
published_on_terminal() {
  on_terminal "$HAREDIS publish news hello" >"$OUT"
  says "$OUT" "(integer) " "who listens on a replica is not counted"
}
nobody_reads() { # also where a parent ignores SIGPIPE
  local pid code
  (trap '' PIPE; exec timeout 30 "$HAREDIS" subscribe news 2>"$ERR" >/dev/full) &
  pid=$!
  for _ in $(seq 100); do
    "$HAREDIS" publish news lost >/dev/null
    kill -0 $pid 2>/dev/null || break
    sleep 0.1
  done
  wait $pid
  code=$?
  [ $code -eq 1 ] && says "$ERR" "standard output cannot be written"
}
refused_pattern() {
  run 1 keyspace 'news.*' && says "$ERR" psubscribe
}
listen sub subscribe news other
listen psub psubscribe 'n*'
listen keys keyspace '__keyevent@0__:set'
listen monitor monitor
listen space keyspace '__key*'
kit_case "subscribe, psubscribe, keyspace and monitor begin to hear" begin_listening
kit_case "one line for each message" all_hear first first first
kit_case "tabs, newlines and backslashes are escaped" \
  all_hear "$(printf 'a\tb\nc\\d')" 'a\tb\nc\\d' escaped
kit_case "a message may begin with a dash, or come from standard input" published
terminal_case "publish says on a terminal whom it does not count" published_on_terminal
kit_case "they hear through a planned switchover" after_switchover
no_traffic_of_ours() {
  ! grep -E 'haredis:(group|node|lock)' "$SERVERS_DIR/space.out" "$SERVERS_DIR/keys.out" &&
    grep -q seen:after "$SERVERS_DIR/space.out"
}
kit_case "keyspace leaves out the library's own keys" no_traffic_of_ours
kit_case "they hear through a kill of the master, and name gaps and moves" killed_master
# The prompt of a person who thinks, while another node becomes the master.
prompt_moves() {
  local before after
  before=$(master_of)
  (sleep 1.5; printf 'ECHO th'; sleep 0.5; "$HAREDIS" switchover >/dev/null; sleep 1
    printf 'inking\r'; sleep 0.5; printf '\004'; sleep 0.3) |
    script -qec "$HAREDIS" /dev/null | tr -d '\r' >"$OUT"
  after=$(master_of)
  [ "$before" != "$after" ] && says "$OUT" "$before> " "$after> ECHO th" '"thinking"' \
    "haredis: $after is master"
}
[ $HAS_EDITING -eq 0 ] || terminal_case "the prompt names the new master at once, and a line tells it" prompt_moves
kill -INT "${EARS[@]}"
EAR_CODES=
for ear in "${EARS[@]}"; do
  wait "$ear"
  EAR_CODES="$EAR_CODES$? "
done
kit_case "Ctrl-C ends them with 0" stopped
kit_case "keyspace takes no other patterns" refused_pattern
kit_case "who listens and cannot write ends" nobody_reads
terminal_case "subscribe on a terminal: as redis-cli, and a sum at the end" subscribed_on_terminal

tls_or_why() {
  timeout 60 "$HAREDIS" --tls -s command_timeout_ms=300 -n 127.0.0.1:1 exec GET a 2>"$ERR"
  case $? in
    1) says "$ERR" "GET" ;;                    # built with TLS: nobody is there
    2) says "$ERR" "option tls: " "libhiredis-dev" ;; # without: what to install
    *) return 1 ;;
  esac
}
kit_case "--tls is tried, or refused with what to install" tls_or_why

# A reader that does not keep up: the server throws away what it has kept for it, and says so with the
# link alone. What is missing is told, and what comes behind it is heard.
until_told() { # WORD FILE
  for _ in $(seq 200); do
    grep -q "$1" "$2" && return 0
    sleep 0.05
  done
  return 1
}
slow_reader() {
  local dir=$SERVERS_DIR/slow first=${#SERVERS_PORTS[@]} port pid reader n
  servers_start 1 "client-output-buffer-limit normal 1mb 0 0" && mkdir "$dir" && mkfifo "$dir/pipe" || return 1
  port=${SERVERS_PORTS[$first]}
  timeout 60 "$HAREDIS" -n "127.0.0.1:$port" monitor >"$dir/pipe" 2>"$dir/err" &
  pid=$!
  exec 5<"$dir/pipe"
  for _ in $(seq 100); do
    redis-cli -p "$port" client list | grep -q 'name=haredis-stream.*flags=O' && break
    sleep 0.05
  done
  for n in $(seq 60); do # the sockets between take some megabytes
    head -c 1000000 /dev/zero | tr '\0' x | redis-cli -p "$port" -x set big >/dev/null
    grep -q "overcoming" "$SERVERS_DIR/$port/log" && break
  done
  until_told "overcoming of output buffer limits" "$SERVERS_DIR/$port/log" || return 1
  cat <&5 >"$dir/out" &
  reader=$!
  until_told "gap: messages from" "$dir/err" && redis-cli -p "$port" set behind it >/dev/null &&
    until_told '"behind"' "$dir/out"
  n=$?
  kill -INT "$pid"
  exec 5<&-
  wait "$reader"
  return "$n"
}
kit_case "monitor: a reader that is too slow for the server is told what it missed" slow_reader

# With TLS in this build, in openssl and in the server: a node of its own, which speaks it on a
# second port.
tls_server() {
  "$HAREDIS" --tls -s command_timeout_ms=100 -n 127.0.0.1:1 exec GET a 2>&1 | grep -q 'option tls: ' && return 1
  command -v openssl >/dev/null || return 1
  local files=$SERVERS_DIR/tls plain
  FIRST=${#SERVERS_PORTS[@]}
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$files.key" -out "$files.pem" -days 2 \
    -subj /CN=haredis -addext "subjectAltName=IP:127.0.0.1,DNS:redis.test" >/dev/null 2>&1 || return 1
  servers_start 1 "notify-keyspace-events KEA" || return 1
  plain=${SERVERS_PORTS[$FIRST]}
  TLS_NODE=127.0.0.1:$((plain + 1000))@127.0.0.1:$plain
  redis-cli -p "$plain" config set tls-cert-file "$files.pem" tls-key-file "$files.key" \
    tls-ca-cert-file "$files.pem" tls-auth-clients no tls-port $((plain + 1000)) | grep -qx OK
}
by_tls() {
  local pem=$SERVERS_DIR/tls.pem few="-s command_timeout_ms=1500"
  export HAREDIS_NODES=$TLS_NODE
  # shellcheck disable=SC2086
  run 0 --tls --cacert "$pem" exec SET a b && run 0 --tls --insecure exec GET a &&
    run 0 --tls --cacert "$pem" --sni redis.test exec GET a && [ "$(cat "$OUT")" = b ] &&
    run 1 --tls --cacert "$pem" --sni other.test $few exec GET a && [ ! -s "$OUT" ] &&
    run 1 --tls $few exec GET a && [ ! -s "$OUT" ] &&
    run 2 --tls --cacert "$pem.gone" exec GET a && says "$ERR" "$pem.gone" &&
    run 2 --tls --cacert "$pem" --cert "$pem" exec GET a && says "$ERR" "tls_key_file"
}
listens_by_tls() {
  local way pids=() n
  export HAREDIS_NODES=$TLS_NODE
  for way in "subscribe secure" "keyspace __key*" monitor; do
    # shellcheck disable=SC2086
    timeout 30 "$HAREDIS" --tls --cacert "$SERVERS_DIR/tls.pem" $way >"$SERVERS_DIR/tls.${way% *}" 2>&1 &
    pids+=($!)
  done
  for n in $(seq 50); do
    run 0 --tls --insecure publish secure "$n" && run 0 --tls --insecure exec SET heard "$n" || break
    grep -q '^secure' "$SERVERS_DIR/tls.subscribe" && grep -q heard "$SERVERS_DIR/tls.keyspace" &&
      grep -q heard "$SERVERS_DIR/tls.monitor" && break
    sleep 0.1
  done
  kill -INT "${pids[@]}"
  says "$SERVERS_DIR/tls.subscribe" secure && says "$SERVERS_DIR/tls.keyspace" heard &&
    says "$SERVERS_DIR/tls.monitor" '"heard"'
}
if tls_server; then
  kit_case "--tls, --cacert, --cert, --key, --sni and --insecure" by_tls
  kit_case "subscribe, keyspace and monitor by TLS" listens_by_tls
else
  echo "note: no TLS here: its options are not tried against a server"
fi
kit_end
