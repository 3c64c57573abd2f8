# shellcheck shell=bash
# For shell tests, sourced: throw-away redis-servers on free ports from 27000 on. Each has a folder
# and a configuration file of its own; all of them die with the test.
#
#   servers_start 3        # SERVERS_PORTS[i], SERVERS_PIDS[i]; SERVERS_NODES is the list for --nodes
#   server_kill 0          # kill -9
#   server_again 0         # start it again, on the same port, with the same folder

SERVERS_PORTS=()
SERVERS_PIDS=()
SERVERS_DIR=$(mktemp -d)
SERVERS_NODES=

servers_end() {
  local pid
  for pid in "${SERVERS_PIDS[@]}"; do
    [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
  done
  wait 2>/dev/null
  rm -rf "$SERVERS_DIR"
}
trap servers_end EXIT
trap 'exit 130' INT TERM

port_is_free() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

server_again() {
  local port=${SERVERS_PORTS[$1]}
  redis-server "$SERVERS_DIR/$port/redis.conf" >"$SERVERS_DIR/$port/log" 2>&1 </dev/null &
  SERVERS_PIDS[$1]=$!
  for _ in $(seq 200); do
    redis-cli -p "$port" ping 2>/dev/null | grep -qE 'PONG|NOAUTH|LOADING' && return 0
    sleep 0.02
  done
  echo "redis-server on port $port did not start" >&2
  cat "$SERVERS_DIR/$port/log" >&2
  return 1
}

# servers_start COUNT [line of configuration...]
servers_start() {
  local count=$1 port=$((27000 + RANDOM % 800)) i
  shift
  for ((i = 0; i < count; i++)); do
    until port_is_free $port; do port=$((port + 1)); done
    mkdir -p "$SERVERS_DIR/$port"
    printf '%s\n' "port $port" "bind 127.0.0.1" "dir $SERVERS_DIR/$port" 'save ""' \
      "repl-diskless-sync-delay 0" "$@" >"$SERVERS_DIR/$port/redis.conf"
    SERVERS_PORTS+=("$port")
    server_again $((${#SERVERS_PORTS[@]} - 1)) || return 1
    SERVERS_NODES=${SERVERS_NODES:+$SERVERS_NODES,}127.0.0.1:$port
    port=$((port + 1))
  done
}

server_kill() {
  kill -KILL "${SERVERS_PIDS[$1]}"
  wait "${SERVERS_PIDS[$1]}" 2>/dev/null
  SERVERS_PIDS[$1]=
}
