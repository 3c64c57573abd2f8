#!/usr/bin/env bash
# A short search with libFuzzer, the same in every run; a long one is the program itself.
#   search.sh BUILD_DIR NAME [RUNS]      (a build by clang with -DHAREDIS_FUZZ=ON)
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=$(cd "$1" && pwd)
NAME=$2
RUNS=${3:-20000}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
"$BUILD/test/fuzz/fuzz_$NAME" -seed=1 -runs="$RUNS" -max_total_time=15 -rss_limit_mb=1024 \
  -timeout=10 -print_final_stats=1 "$WORK" "$HERE/corpus/$NAME"
