#!/usr/bin/env bash
# Installs what the tests need and the machine has not (Debian, Ubuntu), saying so before. As root,
# or with sudo. Quiet and without any effect when everything is there.
#   install.sh
set -u

SUDO=
say() { echo "test/install.sh: $*"; }

# "what tells that it is there : package": a program, or a header below /usr/include.
needs="gcc:gcc c++:g++ /usr/include/stdio.h:libc6-dev clang:clang clang-tidy:clang-tidy cmake:cmake
  ninja:ninja-build pkg-config:pkg-config nm:binutils git:git cppcheck:cppcheck valgrind:valgrind
  redis-server:redis-server redis-cli:redis-tools ip:iproute2 unshare:util-linux ps:procps
  hiredis/hiredis.h:libhiredis-dev ev.h:libev-dev uuid/uuid.h:uuid-dev cmocka.h:libcmocka-dev
  openssl:openssl openssl/ssl.h:libssl-dev debootstrap:debootstrap wget:wget
  editline/readline.h:libedit-dev gnuplot:gnuplot-nox spin:spin
  abidw:abigail-tools doxygen:doxygen groff:groff man:man-db readelf:binutils"

there() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.h) [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ] ;;
  esac
}

absent_packages() {
  local need
  for need in $needs; do
    there "${need%%:*}" || echo "${need#*:}"
  done | sort -u | tr '\n' ' '
}

# clang's sanitizer and fuzzer runtime: its package has another name on every release.
clang_links_a_fuzzer() {
  local work status
  command -v clang >/dev/null 2>&1 || return 1
  work=$(mktemp -d)
  echo '#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { return n > 9 && d[0] == 1; }' \
    >"$work/a.c"
  clang -fsanitize=fuzzer,address "$work/a.c" -o "$work/a" >/dev/null 2>&1
  status=$?
  rm -rf "$work"
  return $status
}

# A server must not start only because its package was installed.
POLICY=/usr/sbin/policy-rc.d
POLICY_MADE=0
unguard() {
  [ $POLICY_MADE -eq 0 ] || $SUDO rm -f $POLICY
  POLICY_MADE=0
}
trap unguard EXIT
trap 'exit 130' INT TERM

guarded_install() {
  local status
  if [ ! -e $POLICY ]; then
    POLICY_MADE=1
    printf '#!/bin/sh\nexit 101\n' | $SUDO tee $POLICY >/dev/null && $SUDO chmod 755 $POLICY
  fi
  $SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" </dev/null
  status=$?
  unguard
  return $status
}

become_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  SUDO=sudo
  [ -t 0 ] || SUDO="sudo -n"
}

main() {
  local packages
  packages=$(absent_packages)
  [ -z "$packages" ] && clang_links_a_fuzzer && return 0
  say "missing on this machine: ${packages:-}$(clang_links_a_fuzzer || echo "(clang's runtime)")"
  if ! command -v apt-get >/dev/null 2>&1; then
    say "this is no Debian or Ubuntu: please install them by hand"
    return 1
  fi
  if ! become_root; then
    say "neither root nor sudo: please install them by hand"
    return 1
  fi
  say "installing them now with apt-get${SUDO:+ (by $SUDO)}"
  $SUDO apt-get update -o DPkg::Lock::Timeout=300 </dev/null || say "apt-get update failed: trying with the lists that are there"
  if [ -n "$packages" ]; then
    # shellcheck disable=SC2086
    guarded_install $packages || return 1
  fi
  if ! clang_links_a_fuzzer; then
    local major
    major=$(clang -dumpversion | sed 's/\..*//')
    guarded_install "libclang-rt-$major-dev" || guarded_install "libclang-common-$major-dev"
  fi
  packages=$(absent_packages)
  [ -z "$packages" ] && clang_links_a_fuzzer && return 0
  say "still missing: ${packages:-}$(clang_links_a_fuzzer || echo "(clang's runtime)")"
  return 1
}

main
