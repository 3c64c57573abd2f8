#!/usr/bin/env bash
# The README's tables of options and metrics are those in the code.
#   options.sh BUILD_DIR            compares
#   options.sh BUILD_DIR --write    writes them into the README
. "$(dirname "$0")/../kit.sh"
BUILD=${1:?build directory}
README=$KIT_ROOT/README.md

# with_table FILE WHAT PROGRAM: the file with what the program prints between its marks.
with_table() {
  "$BUILD/test/readme/$3" >"$WORK/table" && [ "$(wc -l <"$WORK/table")" -gt 10 ] || return 1
  grep -q "^<!-- $2:" "$1" && grep -q "^<!-- end of $2 -->" "$1" || return 1
  awk -v first="^<!-- $2:" -v last="^<!-- end of $2 -->" -v table="$WORK/table" '
    $0 ~ last { inside = 0 }
    !inside { print }
    $0 ~ first { inside = 1; while ((getline line < table) > 0) print line }' "$1"
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
if [ "${2:-}" = --write ]; then
  with_table "$README" options option_table >"$WORK/half" &&
    with_table "$WORK/half" metrics metric_table >"$WORK/new" && cp "$WORK/new" "$README"
  exit
fi

same() {
  with_table "$README" "$1" "$2" >"$WORK/new" && diff -u "$README" "$WORK/new"
}
kit_case "the README's option table is the one in the code" same options option_table
kit_case "the README's table of metrics is the one in the code" same metrics metric_table
kit_end
