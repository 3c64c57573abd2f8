# shellcheck shell=bash disable=SC2034
# For shell tests, sourced: cases that are counted. The last line of a test is "N passed, N failed".
#
#   . "$(dirname "$0")/../kit.sh"
#   kit_case "title" command argument...   # ok when the command succeeds; else its output is shown
#   kit_here "title" command argument...   # the same in this shell: it starts servers, sets variables
#   kit_end                                # prints the counts, exits 0 only if all passed

KIT_PASSED=0
KIT_FAILED=0
KIT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# kit_judge TITLE STATUS OUTPUT: counts a case and tells it.
kit_judge() {
  if [ "$2" -eq 0 ]; then
    KIT_PASSED=$((KIT_PASSED + 1))
    echo "ok $1"
  else
    KIT_FAILED=$((KIT_FAILED + 1))
    echo "FAIL $1"
    printf '%s\n' "$3" | sed 's/^/  | /'
  fi
}

kit_case() {
  local title=$1 output status
  shift
  output=$("$@" 2>&1 </dev/null)
  status=$?
  kit_judge "$title" $status "$output"
}

kit_here() {
  local title=$1 said status
  shift
  said=$(mktemp)
  "$@" >"$said" 2>&1 </dev/null
  status=$?
  kit_judge "$title" $status "$(cat "$said")"
  rm -f "$said"
}

kit_end() {
  echo "$KIT_PASSED passed, $KIT_FAILED failed"
  [ "$KIT_FAILED" -eq 0 ] && [ "$KIT_PASSED" -gt 0 ]
  exit
}
