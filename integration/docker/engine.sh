# shellcheck shell=bash disable=SC2034
# To be sourced: a Docker engine, and compose. The engine that answers is taken as it is. Where none
# answers, root gets one of its own: Debian's packages, its data in build-docker/ (images stay for
# the next time), its socket in a folder of its own, ended by engine_end with what it did to the
# machine's packet filter. It must not know what runs in it.
# Children that outlive a command must not inherit descriptor 8, the lock.
# Needs ROOT, and debian.sh beside it. A function that fails leaves the reason in WHY.

ENGINE_HOME=$ROOT/build-docker
ENGINE_RUN=
ENGINE_PID=
ENGINE_NAMES=1
ENGINE_LOCK=/run/haredis-engine.lock
ENGINE_BEFORE=/run/haredis-engine-before
WHY=

# What dockerd is given, the best first. "cgroups": in mounts of its own, with control groups that
# it may write.
ENGINE_WAYS=(
  ""
  "cgroups"
  "--storage-driver=vfs"
  "cgroups --storage-driver=vfs"
  "--iptables=false --ip6tables=false"
  "cgroups --iptables=false --ip6tables=false --storage-driver=vfs"
)

engine_answers() {
  timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null | grep -q .
}

engine_install() {
  local packages=(docker.io)
  [ -n "$(apt-cache search --names-only '^docker-cli$' 2>/dev/null)" ] && packages+=(docker-cli)
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && packages+=(apparmor)
  need_program dockerd "${packages[@]}" || return 1
  need_program docker "${packages[@]}"
}

# shellcheck disable=SC2016
engine_own_cgroups='
  mount -t tmpfs none /sys/fs/cgroup
  if mount -t cgroup2 none /sys/fs/cgroup && grep -qw pids /sys/fs/cgroup/cgroup.controllers; then
    exec "$@"
  fi
  umount /sys/fs/cgroup
  mount -t tmpfs none /sys/fs/cgroup || exit
  for part in $(awk "!/^#/ && \$4 == 1 { print \$1 }" /proc/cgroups); do
    mkdir "/sys/fs/cgroup/$part" && mount -t cgroup -o "$part" none "/sys/fs/cgroup/$part"
  done
  exec "$@"'

# engine_start WAY: true when it answers.
engine_start() {
  local options=() around=() waited=0
  read -ra options <<<"$1"
  if [ "${options[0]:-}" = cgroups ]; then
    options=("${options[@]:1}")
    around=(unshare --mount bash -c "$engine_own_cgroups" engine)
  fi
  # A session of its own: Ctrl-C is ours, and the engine is needed for cleaning up. --bridge=none:
  # nobody uses the network that is there without having been asked for.
  setsid "${around[@]}" dockerd --data-root "$ENGINE_HOME/data" --exec-root "$ENGINE_RUN/exec" \
    --pidfile "$ENGINE_HOME/engine.pid" --host "unix://$ENGINE_RUN/sock" --bridge=none "${options[@]}" \
    >"$ENGINE_HOME/engine.log" 2>&1 </dev/null 8>&- &
  ENGINE_PID=$!
  while ! engine_answers; do
    kill -0 $ENGINE_PID 2>/dev/null || return 1
    [ $((waited += 1)) -lt 150 ] || return 1
    sleep 0.2
  done
}

# It ends its containerd itself. Its pid is that of our child: setsid, unshare and bash exec.
engine_stop() {
  local waited=0
  [ -n "$ENGINE_PID" ] || return 0
  kill -TERM "$ENGINE_PID" 2>/dev/null
  while kill -0 "$ENGINE_PID" 2>/dev/null && [ $((waited += 1)) -lt 100 ]; do sleep 0.1; done
  kill -KILL "$ENGINE_PID" 2>/dev/null && sleep 0.2
  wait "$ENGINE_PID" 2>/dev/null
  ENGINE_PID=
}

# engine_folder_gone FOLDER: with the mounts of containers that could not be taken away.
engine_folder_gone() {
  awk -v at="$1/" 'index($2, at) == 1 { print $2 }' /proc/mounts | sort -r |
    while read -r at; do umount -l "$at"; done
  rm -rf --one-file-system "$1"
}

# An engine of ours that was left behind by a run that was killed: ended by its pid.
engine_left() {
  local pid said waited=0
  pid=$(cat "$ENGINE_HOME/engine.pid" 2>/dev/null) || return 0
  said=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
  [[ $said == *"--data-root $ENGINE_HOME/data "* ]] || return 0
  echo "an engine of ours was left behind: ending it (process $pid)"
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null && [ $((waited += 1)) -lt 150 ]; do sleep 0.1; done
  said=${said#*--exec-root }
  engine_folder_gone "${said%%/exec *}"
}

# In an engine that is ours alone everything but images is from a run that was killed.
engine_empty() {
  docker ps --all --quiet | xargs -r docker rm --force --volumes
  docker network prune --force
  docker volume ls --quiet | xargs -r docker volume rm
}

# A container runs, and a network can be made for it: what the engine itself says is not enough.
# ENGINE_NAMES: whether containers know each other's names.
engine_works() {
  local network=haredis-try-$$ status run=(timeout 60 docker run --rm --network)
  timeout 60 docker network create "$network" >/dev/null 2>&1 || return 1
  run+=("$network" --network-alias me "$1")
  "${run[@]}" true >/dev/null 2>&1
  status=$?
  ENGINE_NAMES=0
  [ $status -eq 0 ] && "${run[@]}" timeout 10 getent hosts me >/dev/null 2>&1 && ENGINE_NAMES=1
  docker network rm "$network" >/dev/null 2>&1
  return $status
}

filters() {
  local program
  for program in iptables ip6tables; do command -v $program; done
}

# What an engine leaves behind in the packet filter: chains, and jumps to them.
engine_unfilter() {
  local filter table rule
  for filter in $(filters); do
    for table in filter nat raw; do
      $filter -t $table -S 2>/dev/null | sed -n '/DOCKER/s/^-A /-D /p' | while read -ra rule; do
        $filter -t $table "${rule[@]}" 2>/dev/null
      done
      $filter -t $table -S 2>/dev/null | sed -n 's/^-N \(DOCKER.*\)/\1/p' | while read -r rule; do
        $filter -t $table -F "$rule" 2>/dev/null
        $filter -t $table -X "$rule" 2>/dev/null
      done
    done
  done
}

# How the machine was before, in a file: a run that was killed undoes nothing, but the next one can.
engine_remember() {
  local filter
  [ ! -e $ENGINE_BEFORE ] || return 0
  {
    for filter in $(filters); do
      echo "policy $filter $($filter -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p')"
    done
    echo "forward $(cat /proc/sys/net/ipv4/ip_forward)"
    [ -d /etc/docker ] || echo "key" # which old engines make
  } >$ENGINE_BEFORE
}

engine_undo() {
  local what value policy
  engine_unfilter
  while read -r what value policy; do
    case $what in
      policy) [ -z "$policy" ] || "$value" -P FORWARD "$policy" ;;
      forward)
        [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$value" ] ||
          echo "$value" >/proc/sys/net/ipv4/ip_forward
        ;;
      key) rm -rf /etc/docker ;;
    esac
  done <$ENGINE_BEFORE
  rm -f $ENGINE_BEFORE
}

# engine_begin IMAGE_COMMAND IMAGE: an engine in which a container of IMAGE runs; the command makes
# the image. False: WHY.
engine_begin() {
  local way words=
  if command -v docker >/dev/null && engine_answers; then
    "$1" || return
    engine_works "$2" && return
    WHY="the engine that answers runs no container of $2"
    return 1
  fi
  [ "$(id -u)" -eq 0 ] || { WHY="no Docker engine answers, and starting one wants root"; return 1; }
  engine_install || { WHY="no Docker engine answers, and docker.io cannot be installed"; return 1; }
  exec 8>$ENGINE_LOCK
  flock -w 300 8 || { WHY="another engine of ours is at work"; return 1; }
  engine_left
  ENGINE_RUN=$(mktemp -d /run/haredis-engine.XXXXXX) && mkdir -p "$ENGINE_HOME" || return 1
  export DOCKER_HOST=unix://$ENGINE_RUN/sock
  engine_remember
  for way in "${ENGINE_WAYS[@]}"; do
    if engine_start "$way" && "$1" && engine_works "$2"; then
      engine_empty >/dev/null 2>&1
      echo "an engine of our own: dockerd${way:+ $way}"
      return 0
    fi
    engine_stop
    [ -n "$words" ] || words=$(tail -n 1 "$ENGINE_HOME/engine.log")
  done
  WHY="dockerd runs no container here: $words"
  return 1
}

engine_end() {
  [ -n "$ENGINE_RUN" ] || return 0
  engine_stop
  engine_undo
  engine_folder_gone "$ENGINE_RUN"
  ENGINE_RUN=
}

# ------------------------------------------------------------------------------- compose ----------

compose_is() {
  timeout 20 "${@:2}" version --short 2>/dev/null | grep -qE "^v?$1\."
}

# Debian 13's docker-compose is 2.26 and runs on Debian 12, whose own is 1.29; taken from the mirror
# of this machine, checked by apt, and installed nowhere.
compose_two() {
  local from work
  from=$(mirror trixie) || return 1
  work=$(mktemp -d "$ENGINE_HOME/apt.XXXXXX") || return 1
  chmod 755 "$work"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb $from trixie main" >"$work/sources"
  (
    cd "$work" || exit
    options=(-o "Dir::Etc::SourceList=$work/sources" -o Dir::Etc::SourceParts=/dev/null
      -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -qq)
    apt-get "${options[@]}" update && apt-get "${options[@]}" download docker-compose/trixie &&
      dpkg-deb -x docker-compose_*.deb "$work/unpacked"
  ) >"$ENGINE_HOME/compose.log" 2>&1 </dev/null
  mv "$work/unpacked/usr/libexec/docker/cli-plugins/docker-compose" "$ENGINE_HOME/compose-2" \
    2>/dev/null
  rm -rf "$work"
  compose_is 2 "$ENGINE_HOME/compose-2"
}

# compose_find MAJOR: the command in COMPOSE, an array; MAJOR 0: any. False: WHY.
compose_find() {
  local major=$1
  [ "$major" -eq 0 ] && major='[0-9]+'
  COMPOSE=(docker compose)
  compose_is "$major" "${COMPOSE[@]}" && return
  COMPOSE=(docker-compose)
  compose_is "$major" "${COMPOSE[@]}" && return
  COMPOSE=("$ENGINE_HOME/compose-2")
  [ "$1" -ne 1 ] && compose_is "$major" "${COMPOSE[@]}" && return
  WHY="no compose $1 here, and it cannot be installed"
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 1
  if ! command -v docker-compose >/dev/null; then
    echo "missing here: docker-compose; installing with apt-get"
    install_packages docker-compose
    COMPOSE=(docker-compose)
    compose_is "$major" "${COMPOSE[@]}" && return
  fi
  COMPOSE=("$ENGINE_HOME/compose-2")
  [ "$1" -ne 1 ] && compose_two && return
  [ "$1" -eq 1 ] && WHY="this system's docker-compose is not of version 1"
  return 1
}
