#!/usr/bin/env bash
# Installs what is missing (Debian, Ubuntu; as root or with sudo, saying so before) and builds.
#   prepare.sh BUILD_DIR TARGET...
set -u
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$1
shift
SUDO=
POLICY=/usr/sbin/policy-rc.d
POLICY_MADE=0

say() { echo "$*"; }
fail() {
  echo "$*" >&2
  exit 1
}

header_there() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }

missing_packages() {
  command -v gcc >/dev/null || echo gcc
  header_there stdio.h || echo libc6-dev
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || command -v make >/dev/null || echo ninja-build
  command -v redis-server >/dev/null || echo redis-server
  header_there hiredis/hiredis.h || echo libhiredis-dev
  header_there ev.h || echo libev-dev
  header_there uuid/uuid.h || echo uuid-dev
}

# Installing redis-server must not start a service on this machine: forbid it meanwhile.
guard() {
  [ -e $POLICY ] && return
  printf '#!/bin/sh\nexit 101\n' | $SUDO tee $POLICY >/dev/null
  $SUDO chmod 755 $POLICY
  POLICY_MADE=1
}
unguard() {
  [ $POLICY_MADE -eq 1 ] && $SUDO rm -f $POLICY
  POLICY_MADE=0
}

install_missing() {
  local packages
  packages=$(missing_packages | tr '\n' ' ')
  [ -z "$packages" ] && return
  command -v apt-get >/dev/null ||
    fail "missing: $packages(no apt-get here: please install them in this system's way)"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing: $packages(please install them as root)"
    SUDO=sudo
  fi
  say "missing here: $packages"
  say "installing them now${SUDO:+ with sudo}: apt-get install $packages(no service is started)"
  trap unguard EXIT
  trap 'unguard; exit 130' INT TERM
  guard
  # shellcheck disable=SC2086
  if ! { $SUDO apt-get -qq update >/dev/null &&
    $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
      -o DPkg::Lock::Timeout=300 $packages >/dev/null </dev/null; }; then
    fail "apt-get failed; the missing packages: $packages"
  fi
  unguard
  [ -z "$(missing_packages)" ] || fail "still missing: $(missing_packages | tr '\n' ' ')"
}

build() {
  local log=$BUILD/build.log generator=()
  mkdir -p "$BUILD" || exit 1
  if [ ! -e "$BUILD/CMakeCache.txt" ]; then
    command -v ninja >/dev/null && generator=(-G Ninja)
    say "building in ${BUILD#"$ROOT"/} ..."
  fi
  {
    cmake "${generator[@]}" -S "$ROOT" -B "$BUILD" -DHAREDIS_TESTS=OFF -DHAREDIS_INTEGRATION=ON &&
      cmake --build "$BUILD" --parallel "$(nproc)" --target "$@"
  } >"$log" 2>&1 && return
  tail -n 40 "$log" >&2
  fail "the build failed; all of it: ${log#"$ROOT"/}"
}

install_missing
build "$@"
