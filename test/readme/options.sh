#!/usr/bin/env bash
# The README's option table is the one in the code.
#   options.sh BUILD_DIR            compares
#   options.sh BUILD_DIR --write    writes it into the README
. "$(dirname "$0")/../kit.sh"
BUILD=${1:?build directory}
README=$KIT_ROOT/README.md
FIRST='^<!-- options:'
LAST='^<!-- end of options -->'

table() {
  "$BUILD/test/readme/option_table"
}

readme_with_table() {
  table >"$WORK/table" && [ "$(wc -l <"$WORK/table")" -gt 10 ] || return 1
  awk -v first="$FIRST" -v last="$LAST" -v table="$WORK/table" '
    $0 ~ last { inside = 0 }
    !inside { print }
    $0 ~ first { inside = 1; while ((getline line < table) > 0) print line }' "$README"
}

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
if [ "${2:-}" = --write ]; then
  readme_with_table >"$WORK/new" && cp "$WORK/new" "$README"
  exit
fi

same() {
  readme_with_table >"$WORK/new" && diff -u "$README" "$WORK/new"
}
kit_case "the README's option table is the one in the code" same
kit_end
