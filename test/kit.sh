# shellcheck shell=bash disable=SC2034
# For shell tests, sourced: cases that are counted. The last line of a test is "N passed, N failed".
#
#   . "$(dirname "$0")/../kit.sh"
#   kit_case "title" command argument...   # ok when the command succeeds; else its output is shown
#   kit_end                                # prints the counts, exits 0 only if all passed

KIT_PASSED=0
KIT_FAILED=0
KIT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

kit_case() {
  local title=$1 output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    KIT_PASSED=$((KIT_PASSED + 1))
    echo "ok $title"
  else
    KIT_FAILED=$((KIT_FAILED + 1))
    echo "FAIL $title"
    printf '%s\n' "$output" | sed 's/^/  | /'
  fi
}

kit_end() {
  echo "$KIT_PASSED passed, $KIT_FAILED failed"
  [ "$KIT_FAILED" -eq 0 ] && [ "$KIT_PASSED" -gt 0 ]
  exit
}
