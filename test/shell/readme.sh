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
  [ $status -eq 0 ] && grep -q '100000 writes' "$WORK/out" && grep -q READY "$WORK/events"
}

links() {
  local link wrong=0
  for link in $(grep -oE '\]\([^)]+\)' "$README" | tr -d '()]'); do
    [ -e "$KIT_ROOT/${link%%#*}" ] || { echo "$link leads nowhere"; wrong=1; }
  done
  return $wrong
}

# What differs from run to run: time, ports, the name of the attempt, the count of writes, why a link
# broke; and the node that hosts the subscriptions is not always the one that is promoted.
plain_trace() {
  sed -E 's/^\[[0-9:]+\]\(#[0-9]+\) //; s/127\.0\.0\.1:[0-9]+/NODE/g; s/(id: ).*/\1ID/
    s/opcounter \([0-9]+\)/opcounter (N)/; s/ is down \(.*\)/ is down/'
}
README_TRACE='/^```$/ { n++; next } /^\[19:28:00\]/ { print }'

trace_as_told() {
  awk "$README_TRACE" "$README" | plain_trace >"$WORK/told"
  plain_trace <"$WORK/trace" | grep -v '^debug' >"$WORK/real"
  [ "$(wc -l <"$WORK/told")" -gt 10 ] || { echo "cannot find the trace in the README"; return 1; }
  local line at=0 next wrong=0
  while read -r line; do
    case $line in
      *"is down" | *"rpush on"*) grep -qxF "$line" "$WORK/real" || wrong=1 ;;
      *subSlave*) ;;
      *)
        next=$(tail -n +$((at + 1)) "$WORK/real" | grep -nxF "$line" | head -1 | cut -d: -f1)
        [ -n "$next" ] || { echo "not there, or not in its place: $line"; wrong=1; }
        at=$((at + ${next:-0}))
        ;;
    esac
  done <"$WORK/told"
  [ $wrong -eq 0 ] || cat "$WORK/trace"
  return $wrong
}

# The table of what becomes what: every statement of it, hiredis' and ours, each in a function.
statements() {
  sed -n '/^<!-- from hiredis/,/^<!-- end of from hiredis/p' "$README" | grep -oE '`[^`]+`' | tr -d '`' |
    sed -nE 's/^(o\.[a-z_]+ = [^;]+)$/\1;/; /;$/p'
}
table_compiles() {
  local n=0 line
  {
    printf '#include <%s>\n' ev.h stdio.h haredis/haredis.h hiredis/async.h hiredis/hiredis.h \
      hiredis/adapters/libev.h
    cat <<'EOF'
redisContext *h;
redisAsyncContext *a;
haredis_client *c;
haredis_options o;
haredis_txn *t;
haredis_subscription *s;
haredis_script *script;
redisReply *r;
struct ev_loop *loop;
struct timeval tv;
const char *host, *key, *value, *channel, *user, *password, *sha, **argv;
size_t len, *argvlen;
int port, argc;
void *data;
void on_disconnect(const redisAsyncContext *a, int status);
void on_answer(redisAsyncContext *a, void *reply, void *data);
void on_reply(haredis_client *c, struct redisReply *reply, void *data);
void on_message(haredis_client *c, const struct haredis_message *message, void *data);
void on_event(haredis_client *c, const struct haredis_event *event, void *user);
EOF
    while read -r line; do
      n=$((n + 1))
      printf 'void statement_%s(void);\nvoid statement_%s(void) { %s }\n' $n $n "$line"
    done < <(statements)
  } >"$WORK/table.c"
  [ "$(grep -c '^void statement.*{.*redis' "$WORK/table.c")" -ge 25 ] || { cat "$WORK/table.c"; return 1; }
  cc -std=gnu11 -Wall -Wextra -Werror -Wno-unused-variable -Wno-unused-function -I "$KIT_ROOT/include" \
    -c "$WORK/table.c" -o "$WORK/table.o"
}
kit_case "its links lead somewhere" links
kit_case "what becomes of hiredis' calls compiles, theirs and ours" table_compiles
servers_start 3 || exit 1
kit_case "the blocking program compiles" compile 1
kit_case "the asynchronous program compiles" compile 2
kit_case "the blocking program counts: 1" counts 1
kit_case "the blocking program counts: 2" counts 2
kit_case "the asynchronous program writes 100000 times" writes_on

chats() {
  { sleep 1; echo "hello to myself"; sleep 1; } | timeout 30 "$WORK/snippet3" >"$WORK/out"
  [ "$(cat "$WORK/out")" = "hello to myself" ] && [ "$(at_master lrange chat:log 0 -1)" = "hello to myself" ]
}
withdraws() {
  [ "$(timeout 30 "$WORK/snippet4")" = "1 0" ] && [ "$(at_master get account)" = 20 ] &&
    [ "$(at_master lrange withdrawals 0 -1)" = 80 ]
}
turns() {
  [ "$(timeout 30 "$WORK/snippet5")" = "turn $1" ]
}
works() {
  at_master lpush jobs first second >/dev/null
  timeout 30 "$WORK/snippet6" >"$WORK/out" &
  local worker=$!
  sleep 1
  at_master lpush jobs third stop >/dev/null
  wait $worker
  [ "$(cat "$WORK/out")" = "$(printf 'working on %s\n' first second third stop)" ] &&
    [ "$(at_master llen working)" = 0 ]
}
greets() {
  [ "$(timeout 30 "$WORK/snippet7")" = hello ]
}
# The page of metrics; promtool judges it where there is one.
measures() {
  timeout 30 "$WORK/snippet8" >"$WORK/page" 2>"$WORK/line" || return 1
  cat "$WORK/line"
  grep -q '^1000 answered, 99 of 100 within [0-9]* us$' "$WORK/line" &&
    grep -q '^haredis_commands_total{client="1",code="OK"} 1000$' "$WORK/page" &&
    grep -q '^haredis_writable{client="1"} 1$' "$WORK/page" || return 1
  ! command -v promtool >/dev/null || promtool check metrics <"$WORK/page"
}
at_master() {
  redis-cli -p "${SERVERS_PORTS[$(master)]}" "$@"
}
goes_on() {
  at_master del chat:log withdrawals >/dev/null && withdraws && works && chats && greets
}
kit_case "the chat compiles" compile 3
kit_case "the chat hears itself and keeps its log" chats
kit_case "the transaction compiles" compile 4
kit_case "the transaction takes what is there, once" withdraws
kit_case "the script compiles" compile 5
kit_case "the script is loaded by itself: 3" turns 3
kit_case "the worker compiles" compile 6
kit_case "the worker does every job" works
kit_case "the reader compiles" compile 7
kit_case "the reader reads what it wrote" greets
kit_case "the program that measures itself compiles" compile 8
kit_case "the program that measures itself shows its page" measures
at_master script flush >/dev/null
kit_case "the script, forgotten by the server: 6" turns 6
VICTIM=$(master)
kit_case "there is one master" test "$(echo "$VICTIM" | wc -w)" -eq 1
HAREDIS_LOG=debug "$BUILD/integration/lib/haredis-app" write "nodes=$SERVERS_NODES" rate=100 \
  key=trace records=/dev/null "metrics=$WORK/written" >/dev/null 2>"$WORK/trace" &
WRITER=$!
for _ in $(seq 100); do
  [ "$(grep -c 'is slave' "$WORK/trace")" -ge 1 ] && grep -q 'rpush on' "$WORK/trace" && break
  sleep 0.05
done
sleep 0.5
[ -n "$VICTIM" ] && server_kill "$VICTIM"
sleep 1
kill -TERM $WRITER
wait $WRITER
kit_case "the trace of a kill is the one that is explained" trace_as_told
counted() {
  local number='[1-9][0-9]*' node="client=\"1\",node=\"127.0.0.1:${SERVERS_PORTS[$VICTIM]}\"" line
  for line in 'haredis_failovers_total{client="1"} 1' 'haredis_pauses_total{client="1"} 2' \
    'haredis_takeovers_won_total{client="1"} 1' 'haredis_writable{client="1"} 1' \
    "haredis_node_up{$node,role=\"[a-z]*\"} 0" "haredis_node_downs_total{$node} 1" \
    "haredis_node_links_lost_total{$node} $number" "haredis_node_replies_total{$node} $number" \
    "haredis_commands_total{client=\"1\",code=\"OK\"} $number"; do
    grep -qx "$line" "$WORK/written" || { echo "not there: $line"; cat "$WORK/written"; return 1; }
  done
  ! command -v promtool >/dev/null || promtool check metrics <"$WORK/written"
}
kit_case "the page of that application counts the kill" counted
kit_case "with the master killed the blocking program counts: 3" counts 3
kit_case "... the script runs where nobody has seen it: 9" turns 9
kit_case "... the transaction, the worker, the chat and the reader go on" goes_on
kit_end
