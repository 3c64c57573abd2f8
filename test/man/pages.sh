#!/usr/bin/env bash
# The man pages and the completion say what the program, the header and the library say.
#   pages.sh BUILD_DIR            compares, renders, compiles the example, completes
#   pages.sh BUILD_DIR --write    writes what is generated into the pages and the completion
. "$(dirname "$0")/../kit.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
PROGRAM=$BUILD/src/cli/haredis
HEADER=$KIT_ROOT/include/haredis/haredis.h
PAGE1=$KIT_ROOT/src/man/haredis.1
PAGE3=$KIT_ROOT/src/man/haredis.3
COMPLETION=$KIT_ROOT/src/cli/haredis.bash
SECTION=$KIT_ROOT/test/man/section.awk
export LC_ALL=C.UTF-8
unset HAREDIS_NODES HAREDIS_PASSWORD HAREDIS_LOG

# ---- what is generated ----

# section WHAT: as roff.
section() {
  case $1 in
    contract | errors) awk -v want="$1" -f "$SECTION" "$HEADER" ;;
    *) "$PROGRAM" --help | awk -v want="$1" -f "$SECTION" ;;
  esac
}

# between FILE WHAT MARK: the file with what standard input says between its marks.
between() {
  grep -qxF -- "$3 $2" "$1" && grep -qxF -- "$3 end of $2" "$1" || return 1
  FIRST="$3 $2" LAST="$3 end of $2" awk '
    BEGIN {
      first = ENVIRON["FIRST"]
      last = ENVIRON["LAST"]
      while ((getline line < "-") > 0) text = text line "\n"
    }
    $0 == last { inside = 0 }
    !inside { print }
    $0 == first { inside = 1; printf "%s", text }' "$1"
}

# page FILE WHAT...: the page with all those sections.
page() {
  local what
  cp "$1" "$WORK/page"
  for what in "${@:2}"; do
    section "$what" >"$WORK/section"
    [ -s "$WORK/section" ] || return 1
    between "$WORK/page" "$what" '.\"' <"$WORK/section" >"$WORK/new" || return 1
    mv "$WORK/new" "$WORK/page"
  done
  cat "$WORK/page"
}

# The lists that the shell completes.
lists() {
  local help=$WORK/help
  "$PROGRAM" --help >"$help"
  echo "_haredis_commands='$(sed -n '/^(none)/,/^options:/p' "$help" |
    grep -E '^[a-z]' | grep -v '^options:' | sed 's/  .*//' | tr -d ',' | paste -sd ' ')'"
  echo "_haredis_options='$(sed -n '/^options:/,/^environment:/p' "$help" | cut -c 1-24 |
    grep -oE -- '--[a-z-]+' | paste -sd ' ')'"
  echo "_haredis_settings='$(sed -n '/^options of the library/,/^exit/p' "$help" |
    sed -nE 's/^  ([a-z_]+) .*/\1/p' | paste -sd ' ')'"
  echo "_haredis_valued='$(sed -n '/^options:/,/^environment:/p' "$help" | cut -c 1-24 |
    sed -nE 's/^ *(-[a-z],)? *(--[a-z-]+) [A-Z].*/\1 \2/p' | tr -d ',' | xargs -n 1 printf '%s\n' | paste -sd ' ')'"
}

page1() { page "$PAGE1" synopsis commands options environment library exit; }
page3() { page "$PAGE3" contract library errors; }
completion() { lists | between "$COMPLETION" "lists" '#'; }

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
if [ "${2:-}" = --write ]; then
  page1 >"$WORK/1" && page3 >"$WORK/3" && completion >"$WORK/c" && cp "$WORK/1" "$PAGE1" &&
    cp "$WORK/3" "$PAGE3" && cp "$WORK/c" "$COMPLETION"
  exit
fi

same() {
  "$2" >"$WORK/made" && diff -u "$1" "$WORK/made"
}
kit_case "haredis(1): synopsis, commands, options and exit codes are the program's" same "$PAGE1" page1
kit_case "haredis(3): contract, options and errors are the header's" same "$PAGE3" page3
kit_case "completion: commands and options are the program's" same "$COMPLETION" completion

# ---- the pages themselves ----

# Every exported function has its place under FUNCTIONS, and nothing else has.
functions() {
  sed -n '/^\.SH FUNCTIONS/,/^\.SH OPTIONS/p' "$PAGE3" | grep '^\.BR haredis_' |
    grep -oE 'haredis_[a-z_]+' | grep -v '^haredis_options_init$' | sort >"$WORK/named"
  nm -D --defined-only "$BUILD/src/libharedis.so" | awk '{ print $NF }' | sort >"$WORK/exported"
  [ "$(wc -l <"$WORK/exported")" -gt 20 ] && diff -u "$WORK/exported" "$WORK/named"
}
kit_case "haredis(3): its functions are those that the library exports" functions

version() {
  local said
  said=$("$PROGRAM" --version) || return 1
  grep -q "^\.TH HAREDIS [13] [0-9-]* \"$said\"" "$1" || { echo "$1 is not of $said"; return 1; }
}
kit_case "haredis(1) is of this version" version "$PAGE1"
kit_case "haredis(3) is of this version" version "$PAGE3"

# As groff checks (all warnings), and as man does it for a person.
renders() {
  local said
  said=$(groff -ww -man -Tutf8 -z "$1" 2>&1) || return 1
  [ -z "$said" ] || { echo "$said"; return 1; }
  said=$(MANWIDTH=80 man --warnings=w -l "$1" 2>&1 >"$WORK/text") || return 1
  [ -z "$said" ] || { echo "$said"; return 1; }
  grep -q 'SEE ALSO' "$WORK/text"
}
kit_case "haredis(1) renders without a warning" renders "$PAGE1"
kit_case "haredis(3) renders without a warning" renders "$PAGE3"

# The page as a person reads it, back into C.
example() {
  sed -n '/^\.\\" example/,/^\.\\" end of example/p' "$PAGE3" | grep -v '^\.' |
    sed 's/\\e/\\/g; s/\\-/-/g' >"$WORK/example.c"
  # shellcheck disable=SC2046
  cc -std=c11 -Wall -Wextra -Wconversion -Werror -I "$KIT_ROOT/include" "$WORK/example.c" \
    -o "$WORK/example" -L "$BUILD/src" -lharedis $(pkg-config --cflags --libs hiredis) -lev
}
example_runs() {
  LD_LIBRARY_PATH=$BUILD/src HAREDIS_NODES=127.0.0.1:99999 "$WORK/example" 2>"$WORK/said"
  [ $? -eq 1 ] && grep -q 'nodes' "$WORK/said"
}
kit_case "haredis(3): the example compiles" example
kit_case "haredis(3): the example tells of a wrong option" example_runs

# ---- completion, in a shell that knows nothing else ----

# offers LINE: what Tab offers behind it.
offers() {
  PATH=$BUILD/src/cli:$PATH HAREDIS_NODES=10.0.0.1:6379,10.0.0.2:6379 bash --norc -c '
    source "$1" && complete -p haredis >/dev/null || exit 1
    COMP_LINE=$2 COMP_POINT=${#2}
    read -ra COMP_WORDS <<<"$2"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _haredis
    printf "%s\n" "${COMPREPLY[@]}"' bash "$COMPLETION" "$1"
}

# completes LINE WORD...: exactly these.
completes() {
  offers "$1" >"$WORK/offered" || return 1
  printf '%s\n' "${@:2}" | diff -u - <(sed 's/ $//' "$WORK/offered")
}
kit_case "completion: commands" completes "haredis s" status subscribe ssubscribe switchover
kit_case "completion: a command behind options" completes "haredis --nodes a:1 -j sta" status
kit_case "completion: options" completes "haredis status --j" --json
kit_case "completion: options with a dash inside" completes "haredis --no-" --no-raw
kit_case "completion: nodes" completes "haredis switchover --to 10" 10.0.0.1:6379 10.0.0.2:6379
kit_case "completion: nodes behind a colon" completes "haredis takeover 10.0.0.1:6" 6379
kit_case "completion: nodes of the command line" \
  completes "haredis -n h:1,h:22 monitor " h:1 h:22
kit_case "completion: settings" completes "haredis --set down" down_after_ms=
kit_case "completion: a value behind its option's =" \
  completes "haredis switchover --to=10.0.0.2" 10.0.0.2:6379
kit_case "completion: Redis' commands" completes "haredis exec GETR" GETRANGE
kit_case "completion: nothing behind a Redis command" completes "haredis exec GET s" ""
kit_end
