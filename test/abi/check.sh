#!/usr/bin/env bash
# A program that was linked with the last released version runs with this one: the library's
# functions, the structs of the headers (abidiff of abigail-tools) and the values of their constants
# are held against those of that version, which lie beside this script. What would break programs
# wants a new series: while the version is 0.x another minor, later another major.
#   check.sh              compares, and shows on broken copies that it would notice
#   check.sh --make       exit code 77: abigail-tools are not here
#   check.sh --write      a version is released: its ABI is what the next ones are held against
. "$(dirname "$0")/../kit.sh"
HERE=$KIT_ROOT/test/abi
WORK=$(mktemp -d)
TREE=$WORK/tree
trap 'rm -rf "$WORK"' EXIT
export LC_ALL=C

if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
  echo "skip: abidw and abidiff are not here (Debian's abigail-tools; test/install.sh installs them)"
  exit 77
fi
[ "${1:-}" = --make ] && exit 0

# ---- one library, described ----

fresh_tree() {
  rm -rf "$TREE"
  mkdir "$TREE" && cp -a "$KIT_ROOT/CMakeLists.txt" "$KIT_ROOT/LICENSE" "$KIT_ROOT/include" \
    "$KIT_ROOT/src" "$TREE/"
}

# Every build of the copy in one place: only what was changed is compiled again.
build() {
  cmake -G Ninja -S "$TREE" -B "$WORK/build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-g \
    -DHAREDIS_CLI=OFF -DHAREDIS_TESTS=OFF -DHAREDIS_INTEGRATION=OFF -DHAREDIS_TLS=OFF &&
    ninja -C "$WORK/build" haredis
}

version() {
  sed -nE 's/^#define HAREDIS_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)/\2/p' \
    "$TREE/include/haredis/haredis.h" | paste -sd .
}

# No places of this machine, nothing that is not in the headers.
describe() {
  abidw --headers-dir "$TREE/include/haredis" --drop-private-types --exported-interfaces-only \
    --load-all-types --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
    --no-parameter-names --out-file "$1" "$WORK/build/src/libharedis.so"
}

# "HAREDIS_ERR_MAYBE 9": every constant of every enum; functions take them as int, so no description
# of types has them.
constants() {
  local source=$WORK/constants.c
  {
    echo '#include <haredis/haredis.h>'
    echo '#include <haredis/metrics.h>'
  } >"$source"
  cc -E -P -I "$TREE/include" "$source" | tr '\n' ' ' | grep -oE 'enum haredis_[a-z_]+ \{[^}]*\}' |
    grep -oE 'HAREDIS_[A-Z_]+' | sort -u >"$WORK/names"
  [ "$(wc -l <"$WORK/names")" -gt 50 ] || return 1
  {
    echo '#include <stdio.h>'
    echo 'int main(void) {'
    sed 's/.*/  printf("& %d\\n", (int)&);/' "$WORK/names"
    echo '}'
  } >>"$source"
  cc -I "$TREE/include" "$source" -o "$WORK/constants" && "$WORK/constants" | sort
}

# ---- two of them, compared ----

OLD=$(find "$HERE" -name 'haredis-*.abi')
OLD=${OLD%.abi}
RELEASED=${OLD##*/haredis-}

# 0.1.7: 0.1; 2.3.4: 2.
series() {
  case $1 in 0.*) echo "${1%.*}" ;; *) echo "${1%%.*}" ;; esac
}

so_name() {
  readelf -d "$WORK/build/src/libharedis.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'
}

what_to_do() {
  local now
  now=$(version)
  cat <<END

What is above breaks programs that were linked with haredis $RELEASED, and this is $now ($(so_name)).
Take it back: functions stay as they are, structs grow at their end, new constants go behind the
old ones. Or mean it, then all of these together:
  another version:      project(VERSION) in CMakeLists.txt, HAREDIS_VERSION_* in haredis.h (while
                        it is 0.x the minor, later the major), src/package/changelog.in
  another library name: SOVERSION in src/CMakeLists.txt, libharedis0 in src/package
  when it is released:  test/abi/check.sh --write
END
}

compatible() {
  local status broken=0
  describe "$WORK/new.abi" && constants >"$WORK/new.constants" || return 2
  abidiff --no-added-syms --leaf-changes-only --non-reachable-types "$OLD.abi" "$WORK/new.abi" \
    >"$WORK/report"
  status=$?
  ((status & 3)) && return 2
  if awk -f "$HERE/broken.awk" "$WORK/report" | grep .; then broken=1; fi
  if comm -23 "$OLD.constants" "$WORK/new.constants" | grep .; then
    echo "constants that had these values are gone or have others"
    broken=1
  fi
  [ $broken -eq 0 ] && return 0
  if [ "$(series "$(version)")" != "$(series "$RELEASED")" ] &&
    ! grep -q "soname='$(so_name)'" "$OLD.abi"; then
    echo "a new series: $(version), $(so_name)"
    return 0
  fi
  what_to_do
  return 1
}

if [ "${1:-}" = --write ]; then
  fresh_tree && build >/dev/null || exit 1
  rm -f "$HERE"/haredis-*.abi "$HERE"/haredis-*.constants
  NEW=$HERE/haredis-$(version)
  describe "$NEW.abi" && constants >"$NEW.constants"
  exit
fi

fresh_tree
kit_case "the library builds with what describes it" build

one_version() {
  local now
  now=$(version)
  grep -q "^project(haredis VERSION $now " "$TREE/CMakeLists.txt" &&
    head -n 1 "$TREE/src/package/changelog.in" | grep -q "^haredis ($now)"
}
kit_case "header, build and changelog name one version" one_version
kit_case "programs linked with haredis $RELEASED run with this one" compatible

# ---- that it would notice, and what it must not mind ----

HEADER=$TREE/include/haredis/haredis.h

# A change that leaves the copy as it was is none.
edit() {
  cp "$2" "$WORK/before"
  sed -i "$1" "$2" && ! cmp -s "$2" "$WORK/before"
}

# refused WORD: the copy is built, judged, and the text names what broke and what to do.
refused() {
  build >/dev/null || return 1
  compatible >"$WORK/said" 2>&1
  [ $? -eq 1 ] && grep -q -- "$1" "$WORK/said" && grep -q 'another version:' "$WORK/said" && return
  cat "$WORK/said"
  return 1
}

grown() {
  edit '/^struct haredis_span {/,/^};/s/^};/  int64_t grown;\n};/' "$HEADER" &&
    edit '$s/$/\nHAREDIS_API int haredis_added(void);\nint haredis_added(void) { return 0; }/' \
      "$TREE/src/client/error.c" && build && compatible
}
without_function() {
  fresh_tree && edit '/^HAREDIS_API int haredis_number/s/^HAREDIS_API //' "$HEADER" &&
    refused "haredis_number"
}
another_version_alone() {
  edit '/HAREDIS_VERSION_MINOR/s/[0-9]*$/99/' "$HEADER" && refused "haredis_number"
}
another_series() {
  edit 's/SOVERSION 0/SOVERSION 99/' "$TREE/src/CMakeLists.txt" && build && compatible
}
another_signature() {
  fresh_tree && edit 's/^HAREDIS_API int haredis_number(/HAREDIS_API long haredis_number(/' "$HEADER" &&
    edit 's/^int haredis_number(/long haredis_number(/' "$(grep -l '^int haredis_number(' \
      "$TREE"/src/client/*.c)" && refused "haredis_number"
}
moved_fields() {
  fresh_tree && edit '/^struct haredis_span {/s/$/\n  int64_t moved;/' "$HEADER" &&
    refused "haredis_span"
}
moved_constants() {
  fresh_tree && edit 's/^  HAREDIS_ROLE_UNKNOWN = 0,/&\n  HAREDIS_ROLE_MOVED,/' "$HEADER" &&
    refused "HAREDIS_ROLE_MASTER 1"
}
kit_case "a struct that grows at its end and a new function are allowed" grown
kit_case "a function that is gone is refused" without_function
kit_case "so it is with another version alone" another_version_alone
kit_case "with another version and library name it is allowed" another_series
kit_case "a function with another type is refused" another_signature
kit_case "fields that move are refused" moved_fields
kit_case "constants that move are refused" moved_constants
kit_end
