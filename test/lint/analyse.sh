#!/usr/bin/env bash
# clang-tidy over src, cppcheck over all there is: every warning is an error.
#   analyse.sh BUILD_DIR      (any build with a compile_commands.json)
. "$(dirname "$0")/../kit.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
cd "$KIT_ROOT" || exit 1
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

tidy() {
  local files
  files=$(find src -name '*.c' | sort)
  [ -n "$files" ] || { echo "nothing to look at"; return 1; }
  # The findings with their lines; the path that leads there is told by the same command by hand.
  echo "$files" | xargs -P "$(nproc)" -n 1 clang-tidy -p "$BUILD" --quiet 2>"$WORK/tidy.err" |
    grep -A 2 -E '(error|warning): ' | grep -v -- '^--$' >"$WORK/tidy"
  [ "${PIPESTATUS[1]}" -eq 0 ] && [ ! -s "$WORK/tidy" ] && return 0
  cat "$WORK/tidy"
  [ -s "$WORK/tidy" ] || cat "$WORK/tidy.err"
  return 1
}

# Assertions out: cppcheck takes one that stands behind a use for a doubt. What it says about itself
# (severity "information") is no finding.
# readdir() of one folder stream by one thread is safe, and what cppcheck wants in its place is gone.
# mmap() of no file takes -1 for it, which cppcheck does not know.
look_at() { # FOLDER INCLUDED_FOLDER...
  local folder=$1 options=() include
  shift
  for include in "$@"; do options+=(-I "$include"); done
  cppcheck --std=c11 --language=c --enable=warning,performance,portability --quiet \
    --suppress=readdirCalled --suppress=invalidFunctionArg:test/sim/run.c \
    --suppress=invalidFunctionArg:test/sim/shrink.c \
    -j "$(nproc)" --library=posix --template='{file}:{line}: {severity}: {message} [{id}]' \
    "${options[@]}" '-Dassert(x)=((void)0)' "$folder" 2>&1 | grep -v ' information: ' >"$WORK/check"
  [ "${PIPESTATUS[0]}" -eq 0 ] && [ ! -s "$WORK/check" ] && return 0
  cat "$WORK/check"
  return 1
}

check() {
  look_at src include src && look_at test include src test/lib &&
    look_at integration include src integration/lib
}

kit_case "clang-tidy" tidy
kit_case "cppcheck" check
kit_end
