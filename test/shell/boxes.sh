#!/usr/bin/env bash
# The README's shell boxes, run as they stand: the library is built and installed from the first, the
# servers of the second are started, and so on to the program `haredis`. Only places are others: a
# scratch folder for the build, the installation and the servers, and free ports.
#   boxes.sh
. "$(dirname "$0")/../kit.sh"
. "$(dirname "$0")/servers.sh"
README=$KIT_ROOT/README.md
WORK=$SERVERS_DIR
PORTS=()

# What the second box starts are daemons: they are ended by the pids that they tell.
boxes_end() {
  local port
  for port in "${PORTS[@]}"; do redis-cli -p "$port" shutdown nosave 2>/dev/null; done
  servers_end
}
trap boxes_end EXIT

next_ports() {
  local port=$((28000 + RANDOM % 700))
  while [ ${#PORTS[@]} -lt 3 ]; do
    port_is_free $port && PORTS+=("$port")
    port=$((port + 1))
  done
}

# box WORDS: the shell box of the README in which these words stand, with our places in it.
box() {
  awk -v words="$1" '
    /^```sh$/ { text = ""; inside = 1; next }
    /^```$/ && inside { inside = 0; if (index(text, words)) { printf "%s", text; exit } }
    inside { text = text $0 "\n" }' "$README" |
    sed -e "s/6380/${PORTS[0]}/g; s/6381/${PORTS[1]}/g; s/6382/${PORTS[2]}/g" \
      -e "s|/tmp/h|$WORK/h|g; s|-B build|-B $WORK/build|; s|--build build|--build $WORK/build|" \
      -e "s|--install build|--install $WORK/build --prefix $WORK/usr|; s| && ldconfig||"
}

# Here the packages are there: that is all that is asked of the line that gets them.
builds() {
  local package
  box 'cmake --install' >"$WORK/first"
  for package in $(sed -n 's/^apt-get install //p' "$WORK/first"); do
    dpkg -s "$package" >/dev/null || return 1
  done
  sed -i '/^apt-get/d' "$WORK/first"
  [ -s "$WORK/first" ] && (cd "$KIT_ROOT" && bash -e "$WORK/first") || return 1
  local pc
  pc=$(find "$WORK/usr" -name haredis.pc)
  PKG_CONFIG_PATH=$(dirname "$pc")
  LD_LIBRARY_PATH=$(dirname "$(find "$WORK/usr" -name 'libharedis.so.0')")
  PATH=$WORK/usr/bin:$PATH
  export PKG_CONFIG_PATH LD_LIBRARY_PATH PATH
}

starts() {
  box 'for port in' >"$WORK/second"
  [ -s "$WORK/second" ] && bash -e "$WORK/second" && sleep 0.3
}

compiles() {
  awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$README" |
    sed "s/6380/${PORTS[0]}/; s/6381/${PORTS[1]}/; s/6382/${PORTS[2]}/" >"$WORK/app.c"
  local line
  line=$(grep -oE '`cc app\.c [^`]+`' "$README" | head -1 | tr -d '`')
  (cd "$WORK" && eval "$line")
}

visits() {
  local said
  said=$("$WORK/app")
  echo "$said"
  [ "$said" = "visit $1" ]
}

kills() {
  box 'kill -9' >"$WORK/third"
  [ -s "$WORK/third" ] && bash -e "$WORK/third"
}

# A line of the program's box: what goes on until Ctrl-C is given two seconds. The files that it
# reads are there.
says_line() {
  local line=$1 status
  printf 'SET k 1\nINCR k\n' >"$WORK/commands"
  printf 'a\0b\n' >"$WORK/file"
  case $line in
    *subscribe* | *"haredis watch"*) line="timeout -s INT 2 ${line%%#*}" ;;
    *takeover*) line=${line/takeover/takeover --yes} ;;
  esac
  (cd "$WORK" && bash -c "$line" <<<"GET k")
  status=$?
  [ $status -eq 0 ] || [ $status -eq 124 ]
}

next_ports
kit_here "it is built and installed" builds
kit_here "three servers" starts
kit_here "the program is compiled" compiles
kit_here "it counts: 1" visits 1
kit_here "it counts: 2" visits 2
kit_here "a kill of the master, when all is whole" kills
kit_here "it still counts: 3" visits 3
kit_here "the killed server again" starts
export HAREDIS_NODES=127.0.0.1:${PORTS[0]},127.0.0.1:${PORTS[1]},127.0.0.1:${PORTS[2]}
kit_here "it becomes a replica" haredis wait --for 60
while read -r line; do
  kit_here "$(echo "${line%%#*}" | sed "s/${PORTS[1]}/6381/; s/${PORTS[2]}/6382/; s/ *$//")" says_line "$line"
done < <(box 'haredis takeover' | grep '^haredis')
kit_end
