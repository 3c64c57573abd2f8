#!/usr/bin/env bash
# The example applications on three servers: each works while the master is killed and comes back and
# while the master is switched, the chat also while every replica is killed. What each printed is held
# against what the servers hold. Built as their own heads say, by gcc and clang, unless the build has
# sanitizers: then the programs of the build are run.
#   examples.sh BUILD_DIR [NAME...]       one after the other: sessions queue chat limiter ...
#   examples.sh BUILD_DIR --together      all of them through one storm
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
shift
SOURCES=$KIT_ROOT/integration/demo/examples
ALL=(sessions queue chat limiter leaderboard threads)
TOGETHER=0
[ "${1:-}" = --together ] && TOGETHER=1 && shift
[ $# -gt 0 ] || set -- "${ALL[@]}"
NAMES=("$@")
for name in "${NAMES[@]}"; do
  [ -e "$SOURCES/$name.c" ] || { echo "there is no example $name, only: ${ALL[*]}" >&2; exit 2; }
done
WORK=$SERVERS_DIR
BIN=$BUILD/integration/demo/examples
declare -A PIDS

# ------------------------------------------------------------------------------------- building

STRICT=(-std=c11 -Wall -Wextra -Wshadow -Wconversion -Werror)

# The line in its head that says how to build it, with a compiler of that name and our flags.
builds() {
  local compiler=$1 name=$2 line
  line=$(sed -n 's/^ \*   cc \(.*pkg-config.*\)/\1/p' "$SOURCES/$name.c")
  [ -n "$line" ] || { echo "its head does not say how to build it"; return 1; }
  mkdir -p "$WORK/$compiler" && cd "$WORK/$compiler" && cp "$SOURCES/$name.c" . || return 1
  eval "$compiler ${STRICT[*]} $line" && [ -x "$name" ]
}

build_all() {
  local name prefix=$WORK/prefix compiler
  kit_case "install" cmake --install "$BUILD" --prefix "$prefix"
  LD_LIBRARY_PATH=$(dirname "$(find "$prefix" -name libharedis.so)")
  export LD_LIBRARY_PATH PKG_CONFIG_PATH=$LD_LIBRARY_PATH/pkgconfig
  for compiler in gcc clang; do
    for name in "${NAMES[@]}"; do
      kit_case "$name is built by $compiler, as its head says" builds $compiler "$name"
    done
  done
  BIN=$WORK/gcc
}

# ---------------------------------------------------------------------------- programs and servers

# run TAG PROGRAM ARGUMENT...: in the background; what it says goes to TAG.out and TAG.err.
# (In the foreground of `timeout`: a signal shall reach the program once.)
run() {
  local tag=$1 program=$2
  shift 2
  timeout --foreground 120 "$BIN/$program" "$@" >"$WORK/$tag.out" 2>"$WORK/$tag.err" </dev/null &
  PIDS[$tag]=$!
}

# ended TAG...: SIGTERM, then the end; each must be good.
ended() {
  local tag wrong=0
  for tag in "$@"; do kill -TERM "${PIDS[$tag]}" 2>/dev/null; done
  for tag in "$@"; do is_good "$tag" || wrong=1; done
  return $wrong
}

is_good() {
  local status
  wait "${PIDS[$1]}"
  status=$?
  tail -n 1 "$WORK/$1.out" | sed "s/^/$1: /" | tee -a "$WORK/verdicts"
  [ $status -eq 0 ] && tail -n 1 "$WORK/$1.out" | grep -q '^verdict: good' && return 0
  echo "$1 ended with $status"
  tail -n 20 "$WORK/$1.out" "$WORK/$1.err"
  return 1
}

# The number before a word of the verdict: figure ada "acknowledged".
figure() {
  tail -n 1 "$WORK/$1.out" | grep -oE "[0-9]+ $2" | grep -oE '^[0-9]+'
}

sum() {
  awk '{ n += $1 } END { print n + 0 }'
}

# between LOW VALUE HIGH NAME
between() {
  echo "$4: $1 <= $2 <= $3"
  [ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

haredis() {
  timeout 90 "$BUILD/src/cli/haredis" "$@"
}

master() {
  local port i
  port=$(haredis status | sed -n 's/^master [^:]*:\([0-9]*\),.*/\1/p')
  for i in "${!SERVERS_PORTS[@]}"; do [ "${SERVERS_PORTS[$i]}" = "$port" ] && echo "$i"; done
}

at_master() {
  redis-cli -p "${SERVERS_PORTS[$(master)]}" "$@"
}

# What an example does itself at that time.
theirs() {
  local name
  for name in "${NAMES[@]}"; do
    [ "$(type -t "${name}_$1")" = function ] && "${name}_$1"
  done
}

# One server dies and comes back.
dies() {
  [ "$2" = master ] && theirs before
  server_kill "$1"
  [ "$2" = master ] && theirs meanwhile
  sleep 0.7
  server_again "$1" && haredis wait --for 60 || echo "the group did not become whole" >>"$WORK/storm"
}

storm() {
  local old i
  sleep 1
  old=$(master)
  dies "$old" master
  [ "$(master)" != "$old" ] || echo "nobody was promoted" >>"$WORK/storm"
  old=$(master)
  haredis switchover || echo "there was no switchover" >>"$WORK/storm"
  [ "$(master)" != "$old" ] || echo "nothing was switched" >>"$WORK/storm"
  sleep 0.7
  [[ " ${NAMES[*]} " == *" chat "* ]] || return 0
  old=$(master)
  for i in 0 1 2; do [ "$i" = "$old" ] || dies "$i" replica; done
  sleep 0.7
}

# ---------------------------------------------------------------------------------- the examples

sessions_start() {
  run sessions sessions
}
# Sessions that nobody was told of may be there or not.
sessions_kept() {
  local here
  ended sessions || return 1
  here=$(at_master --scan --pattern 'session:*' | wc -l)
  between 50 "$(figure sessions sessions)" 1000000 "sessions" &&
    between "$(figure sessions 'logged in')" "$here" \
      $(($(figure sessions 'logged in') + $(figure sessions 'told to')))  "sessions in the master"
}

queue_start() {
  local worker
  for worker in alice bob cy; do run $worker queue work $worker; done
  run put queue put
}
# Before the master dies a worker is stopped at a job that she has not done ...
queue_before() {
  local pid job
  pid=$(pgrep -P "${PIDS[alice]}")
  for _ in $(seq 200); do
    kill -STOP "$pid"
    job=$(at_master lindex working:alice -1)
    [ -n "$job" ] && ! grep -qx "done $job" "$WORK/alice.out" && break
    kill -CONT "$pid"
    sleep 0.003
  done
}
# ... and never goes on: what she had goes back.
queue_meanwhile() {
  kill -KILL "$(pgrep -P "${PIDS[alice]}")"
  wait "${PIDS[alice]}" 2>/dev/null
  run return queue return alice
  run dora queue work dora
}
queue_left() {
  local list n=0
  for list in jobs working:alice working:bob working:cy working:dora; do
    n=$((n + $(at_master llen $list)))
  done
  echo $n
}
queue_kept() {
  local left=1
  is_good return || return 1
  ended put || return 1
  for _ in $(seq 100); do
    left=$(queue_left)
    [ "$left" = 0 ] && break
    sleep 0.1
  done
  ended bob cy dora || return 1
  cat "$WORK"/{alice,bob,cy,dora}.out | sed -n 's/^done //p' | sort >"$WORK/done"
  sed -n 's/^handed in \([0-9-]*\).*/\1/p' "$WORK/put.out" | sort >"$WORK/handed"
  # Twice for a reason: its producer was in doubt, or the dead worker was at it.
  {
    sed -n 's/^handed in \(.*\) perhaps twice/\1/p' "$WORK/put.out"
    sed -n 's/^done //p' "$WORK/alice.out" | tail -n 1
  } | sort -u >"$WORK/reason"
  comm -23 "$WORK/handed" <(uniq "$WORK/done") | sed 's/^/forgotten: /' >"$WORK/wrong"
  comm -23 <(uniq -d "$WORK/done") "$WORK/reason" | sed 's/^/twice: /' >>"$WORK/wrong"
  cat "$WORK/wrong"
  [ "$left" = 0 ] && [ ! -s "$WORK/wrong" ] &&
    between 100 "$(wc -l <"$WORK/handed")" 1000000 "jobs" &&
    between 1 "$(figure return 'jobs put back')" 2 "put back"
}

# Somebody types, until the file is gone, and then listens for a while.
types() {
  local i=0
  while [ -e "$WORK/talking" ]; do
    echo "line $((i++))"
    sleep 0.05
  done
  sleep 2
}
chat_start() {
  local name
  touch "$WORK/talking"
  for name in ann ben cyd; do
    types | timeout --foreground 120 "$BIN/chat" $name >"$WORK/$name.out" 2>"$WORK/$name.err" &
    PIDS[$name]=$!
  done
}
chat_kept() {
  local name wrong=0 lines
  rm "$WORK/talking"
  for name in ann ben cyd; do is_good $name || wrong=1; done
  at_master lrange chat:lines 0 -1 | awk '{ print NR " " $0 }' >"$WORK/list"
  for name in ann ben cyd; do
    grep -v '^verdict' "$WORK/$name.out" | diff - "$WORK/list" >"$WORK/diff" ||
      { echo "$name saw something else"; head -n 20 "$WORK/diff"; wrong=1; }
    lines=$(grep -c " $name: " "$WORK/list")
    between "$(figure $name said)" "$lines" $(($(figure $name said) + $(figure $name perhaps))) \
      "lines of $name" || wrong=1
    cut -d' ' -f2- "$WORK/list" | grep "^$name: " | sort | uniq -d | grep . && wrong=1
  done
  # Both replicas were killed: whoever listened there was told of a gap.
  for name in ann ben cyd; do between 1 "$(figure $name 'gaps told')" 1000 "gaps" || wrong=1; done
  between 100 "$(wc -l <"$WORK/list")" 1000000 "lines" && return $wrong
}

limiter_start() {
  run gate1 limiter "$SERVERS_NODES" closed
  run gate2 limiter "$SERVERS_NODES" closed
  run gate3 limiter "$SERVERS_NODES" open
}
# All three ask the same window: of one master the 50th before is a second ago.
limiter_kept() {
  ended gate1 gate2 gate3 || return 1
  sed -n 's/^passed at \([0-9]*\) us of master \([0-9]*\)$/\2 \1/p' "$WORK"/gate?.out |
    sort -k1,1n -k2,2n >"$WORK/passes"
  awk '{ n++; at[n] = $2; of[n] = $1
         if (n > 50 && of[n - 50] == $1 && $2 - at[n - 50] < 1000000) { print "too many: " $0; bad = 1 } }
       END { exit bad }' "$WORK/passes" &&
    between 150 "$(wc -l <"$WORK/passes")" 1000000 "passed" &&
    between 3 "$(cut -d' ' -f1 "$WORK/passes" | uniq | wc -l)" 1000 "masters" &&
    between 100 "$(for gate in 1 2 3; do figure gate$gate 'turned away'; done | sum)" 1000000 \
      "turned away"
}

leaderboard_start() {
  local player
  for player in Ada Ben Cy; do run $player leaderboard "$SERVERS_NODES" $player; done
}
leaderboard_kept() {
  local sure doubt total from_replicas from_master
  ended Ada Ben Cy || return 1
  total=$(at_master zrange board 0 -1 withscores | awk 'NR % 2 == 0' | sum)
  sure=$(for player in Ada Ben Cy; do figure $player acknowledged; done | sum)
  doubt=$(for player in Ada Ben Cy; do figure $player 'in doubt'; done | sum)
  from_replicas=$(for player in Ada Ben Cy; do figure $player 'from replicas'; done | sum)
  from_master=$(for player in Ada Ben Cy; do figure $player 'from the master'; done | sum)
  between 1000 "$sure" 1000000000 "points" && between "$sure" "$total" $((sure + doubt)) "points" &&
    between "$from_master" "$from_replicas" 1000000000 "reads from replicas, above those from the master"
}

# visitor N: comes again and again, and writes down what it was told.
visitor() {
  local answer
  while [ -e "$WORK/visiting" ]; do
    exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return 1
    read -r -t 20 answer <&3 || answer=nothing
    exec 3>&-
    echo "$answer"
    sleep 0.02
  done >"$WORK/visitor$1"
}
threads_start() {
  local i
  PORT=$((28000 + RANDOM % 800))
  until port_is_free $PORT; do PORT=$((PORT + 1)); done
  run threads threads $PORT
  for _ in $(seq 100); do grep -q listen "$WORK/threads.out" && break; sleep 0.05; done
  touch "$WORK/visiting"
  VISITORS=()
  for i in 1 2 3 4 5 6 7 8; do
    visitor $i &
    VISITORS+=($!)
  done
}
# What the visitors heard, what the threads were told, and what the master holds.
threads_kept() {
  local heard total
  rm "$WORK/visiting"
  wait "${VISITORS[@]}"
  ended threads || return 1
  heard=$(cat "$WORK"/visitor? | grep -cE '^[0-9]+$')
  total=$(at_master get "$(at_master --scan --pattern 'visitors:*')")
  grep thread "$WORK/threads.out"
  grep -hvE '^([0-9]+|sorry: .*)$' "$WORK"/visitor? | sed 's/^/what is this? /' | grep . && return 1
  grep -hE '^[0-9]+$' "$WORK"/visitor? | sort | uniq -d | sed 's/^/told to two: /' | grep . && return 1
  between 100 "$heard" 1000000 "visitors" &&
    between "$heard" "$(figure threads acknowledged)" "$heard" "acknowledged" &&
    between "$heard" "$total" $((heard + $(figure threads 'in doubt'))) "counted" &&
    between 2 "$(grep -c 'thread counted [1-9]' "$WORK/threads.out")" 4 "threads with work"
}

# --------------------------------------------------------------------------------------- the run

# A case in this shell: its children are waited for here.
here() {
  local title=$1
  shift
  "$@" >"$WORK/said" 2>&1
  kit_case "$title" shown $?
}
shown() {
  cat "$WORK/said"
  return "$1"
}
calm() {
  [ ! -s "$WORK/storm" ] || { cat "$WORK/storm"; return 1; }
}
# through_storm NAME...
through_storm() {
  local name
  NAMES=("$@")
  : >"$WORK/verdicts"
  : >"$WORK/storm"
  for name in "$@"; do "${name}_start"; done
  storm >/dev/null 2>&1
  for name in "$@"; do here "$name: every promise was kept" "${name}_kept"; done
  kit_case "... through a kill, a return and a switchover" calm
  sed 's/^/# /' "$WORK/verdicts"
}

# Every program of the folder is tested here and shown in the README, which says how to run it.
all_are_told() {
  local name wrong=0
  for name in "${ALL[@]}"; do
    grep -E "^\| \[.*\]\(integration/demo/examples/$name\.c\) \|" "$KIT_ROOT/README.md" |
      grep -q "\`\./$name[ \`]" || { echo "$name is not in the README's table"; wrong=1; }
  done
  [ "$(cd "$SOURCES" && echo *.c | tr ' ' '\n' | sort)" = "$(printf '%s.c\n' "${ALL[@]}" | sort)" ] &&
    return $wrong
}

kit_case "the README's table has every example" all_are_told
grep -q '^HAREDIS_SANITIZE:BOOL=ON' "$BUILD/CMakeCache.txt" || build_all
servers_start 3 || exit 1
export HAREDIS_NODES=$SERVERS_NODES
kit_case "three servers become a group" haredis exec SET founded yes
kit_case "... which is whole" haredis wait --for 60
if [ $TOGETHER -eq 1 ]; then
  through_storm "${NAMES[@]}"
else
  for name in "${NAMES[@]}"; do through_storm "$name"; done
fi
kit_end
