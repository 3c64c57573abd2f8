#!/usr/bin/env bash
# Configures and builds the tree, warnings being errors.
#   build.sh DIR COMPILER [cmake argument...]
set -e
dir=$1
compiler=$2
shift 2
CC=$compiler cmake -G Ninja -S "$(dirname "$0")/.." -B "$dir" -DHAREDIS_WERROR=ON "$@"
ninja -C "$dir" -k 20 -j "$(nproc)"
