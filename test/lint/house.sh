#!/usr/bin/env bash
# House numbers over all C files of the tree, and words that do not belong in it.
#   house.sh
. "$(dirname "$0")/../kit.sh"
cd "$KIT_ROOT" || exit 1
HERE=test/lint

# Every awk counts bytes here, so that columns are counted in one way everywhere.
measure() {
  local file status=0
  for file in "${@:2}"; do LC_ALL=C awk -v pure="$1" -f $HERE/house.awk "$file" || status=1; done
  return $status
}

c_files() {
  find "$@" -name '*.[ch]' -not -path '*/build*' | sort
}

# The measure itself: it must see what it is for.
measure_sees() {
  local work
  work=$(mktemp -d)
  {
    echo '/* a */'
    echo 'static int long_one(int a,'
    echo '                    int b) {'
    for _ in $(seq 70); do echo '  a += b;'; done
    echo '}'
    printf '%0101d\n' 0
  } >"$work/a.c"
  LC_ALL=C awk -v pure=1 -f $HERE/house.awk "$work/a.c" >"$work/out"
  cat "$work/out"
  grep -q 'a.c:2: function of 73 lines' "$work/out" &&
    grep -q 'line of 101 columns' "$work/out" &&
    grep -q '1 functions, 0 assertions' "$work/out"
  local status=$?
  rm -rf "$work"
  return $status
}
kit_case "the measure sees long functions, long lines and missing assertions" measure_sees

for layer in base proto core route pubsub; do
  # shellcheck disable=SC2046
  kit_case "house numbers of src/$layer" measure 1 $(c_files src/$layer)
done
for dir in src/io src/client src/cli include test integration; do
  # shellcheck disable=SC2046
  kit_case "house numbers of $dir" measure 0 $(c_files $dir)
done

no_words() {
  ! git ls-files -z | grep -zvE '^(LICENSE|test/lint/house\.sh)$' | xargs -0 grep -nIE "$1" /dev/null
}
kit_case "nothing is left for later" no_words '\b(TODO|FIXME|XXX|HACK)\b'
kit_case "no path of one machine" no_words '(^|[^[:alnum:]_.$})])/(home|root|work|Users)/'
kit_case "no linter is silenced" \
  no_words '(NOLINT|cppcheck-suppress|__attribute__\(\(no_sanitize|shellcheck disable=all|GCC diagnostic)'

no_typedef_t() {
  ! grep -rnE 'typedef .*[a-z]_t;' src include --include='*.[ch]'
}
kit_case "no type of ours ends in _t" no_typedef_t

one_goto() {
  ! grep -rnE '\bgoto\b' src --include='*.[ch]' | grep -vE 'goto fail;'
}
kit_case "goto leads to fail only" one_goto

top_level() {
  ! git ls-files | sed 's|/.*||' | sort -u | grep -vxE \
    'src|include|test|integration|CMakeLists.txt|docker-compose.yml|README.md|LICENSE|\.[a-z-]+'
}
kit_case "nothing else at the top level" top_level
kit_end
