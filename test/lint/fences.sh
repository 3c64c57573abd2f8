#!/usr/bin/env bash
# The build itself refuses a wrong arrow: each layer's own compile command is run on a probe that
# includes what the layer must not see.
#   fences.sh BUILD_DIR
. "$(dirname "$0")/../kit.sh"
BUILD=${1:?build directory}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# compile LAYER TEXT: the layer's flags, our probe.
compile() {
  local object command
  object=$(cd "$BUILD" && ls src/"$1"/CMakeFiles/hr_"$1".dir/*.o | head -1)
  [ -n "$object" ] || { echo "no object of $1"; return 2; }
  command=$(cd "$BUILD" && ninja -t commands "$object" | tail -1)
  command=${command%% -o *}
  command=${command%% -MD *}
  printf '%s\nint probe;\n' "$2" >"$WORK/probe.c"
  (cd "$BUILD" && $command -c "$WORK/probe.c" -o "$WORK/probe.o")
}

allowed() {
  compile "$1" "#include $2"
}

forbidden() {
  local output
  if output=$(compile "$1" "#include $2" 2>&1); then
    echo "$1 can include $2"
    return 1
  fi
  echo "$output" | grep -qE 'No such file|file not found|must not include' || {
    echo "$output"
    return 1
  }
}

for layer in base proto core route pubsub io client; do
  kit_case "$layer may include base/types.h" allowed $layer '"base/types.h"'
done
kit_case "route may include core/topology.h" allowed route '"core/topology.h"'
kit_case "client may include io/link.h" allowed client '"io/link.h"'

arrows="base:proto/resp.h base:core/core.h base:io/link.h
  proto:core/core.h proto:route/route.h proto:io/link.h
  core:proto/resp.h core:route/route.h core:io/link.h core:client/client.h
  route:core/core.h route:io/link.h route:client/client.h
  pubsub:core/core.h pubsub:proto/resp.h pubsub:io/link.h io:pubsub/feed.h
  io:route/route.h io:client/client.h io:haredis/haredis.h core:haredis/haredis.h"
for arrow in $arrows; do
  kit_case "${arrow%%:*} cannot include ${arrow#*:}" \
    forbidden "${arrow%%:*}" "\"${arrow#*:}\""
done
for layer in base proto core route pubsub; do
  for header in ev.h hiredis/hiredis.h uuid/uuid.h openssl/ssl.h time.h netdb.h unistd.h pthread.h; do
    kit_case "$layer cannot include <$header>" forbidden $layer "<$header>"
  done
done
kit_end
