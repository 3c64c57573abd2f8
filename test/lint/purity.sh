#!/usr/bin/env bash
# What the objects of the pure layers need from outside, against a list: no clock, no randomness, no
# socket, no file; memory only in base/alloc.c; and of ours only the layers below.
#   purity.sh BUILD_DIR      (a release build: a sanitizer brings symbols of its own)
. "$(dirname "$0")/../kit.sh"
BUILD=${1:?build directory}

# Calls whose result depends on their arguments alone.
PURE='mem(cpy|set|cmp|move|chr|mem|rchr)|str(len|nlen|cmp|ncmp|chr|rchr|spn|cspn|str|pbrk|casecmp|ncasecmp)
|strto(l|ul|ll|ull|d)|__isoc23_strto(l|ul|ll|ull)|v?snprintf|__v?snprintf_chk|__mem(cpy|set|move)_chk
|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__errno_location|__ctype_(b|tolower|toupper)_loc
|tolower|toupper'
PURE=$(echo "$PURE" | tr -d '\n')
MEMORY='malloc|calloc|realloc|free'

objects() {
  find "$BUILD"/src/"$1"/CMakeFiles/hr_"$1".dir -name '*.o' | sort
}

defined() {
  local layer
  for layer in "$@"; do objects "$layer"; done | xargs nm --defined-only | awk 'NF == 3 { print $3 }'
}

# only LAYER BELOW...: everything undefined in LAYER is pure, or defined in LAYER or BELOW.
only() {
  local ours object symbol wrong=0
  [ -n "$(objects "$1")" ] || { echo "no objects of $1"; return 1; }
  ours=$(defined "$@")
  for object in $(objects "$1"); do
    for symbol in $(nm -u "$object" | awk '{ print $NF }'); do
      echo "$symbol" | grep -qxE "$PURE" && continue
      echo "$ours" | grep -qxF "$symbol" && continue
      case $object in
        */alloc.c.o) echo "$symbol" | grep -qxE "$MEMORY" && continue ;;
      esac
      echo "${object##*/} needs $symbol"
      wrong=1
    done
  done
  return $wrong
}

kit_case "base is pure" only base
kit_case "proto is pure and stands on base" only proto base
kit_case "core is pure and stands on base" only core base
kit_case "pubsub is pure and stands on base" only pubsub base
kit_case "route is pure and stands on proto and base" only route proto base

memory_in_one_place() {
  local object
  find "$BUILD"/src/*/CMakeFiles/hr_*.dir -name '*.o' ! -name 'alloc.c.o' | while read -r object; do
    nm -u "$object" | awk '{ print $NF }' | grep -xE "$MEMORY|strdup|strndup|asprintf" |
      sed "s|^|${object##*/} needs |"
  done | grep . && return 1
  return 0
}
kit_case "only base/alloc.c calls malloc and free" memory_in_one_place

core_does_not_allocate() {
  ! objects core | xargs nm -u | awk '{ print $NF }' | grep -E '^hr_(alloc|calloc|realloc|free|strdup)$'
}
kit_case "core allocates nothing" core_does_not_allocate
kit_end
