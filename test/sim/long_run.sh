#!/bin/sh
# Runs of many histories: two that follow each other are the same as one; Ctrl-C ends in order and
# keeps the state; what breaks becomes stories while the rest goes on; bad options are named.
#   long_run.sh SIM
sim=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAIL $1"
  cat "$work/said"
  exit 1
}

for options in "--nothing 1" "--nodes 99" "--for ever" "--runs" "--jobs 2 --tell"; do
  # shellcheck disable=SC2086 # words on purpose
  "$sim" $options >"$work/said" 2>&1
  [ $? -eq 2 ] || fail "$options: not exit code 2"
  grep -q -e "${options%% *}" "$work/said" || fail "$options: the option is not named"
done

"$sim" --jobs 2 --runs 15 --state "$work/parts" >"$work/said" || fail "the first part"
"$sim" --jobs 2 --runs 15 --state "$work/parts" >"$work/said" || fail "the second part"
"$sim" --jobs 2 --runs 30 --state "$work/whole" >"$work/said" || fail "the whole"
cmp "$work/parts" "$work/whole" >"$work/said" || fail "two parts are not the whole"
"$sim" --jobs 2 --runs 1 --steps 9 --state "$work/whole" >"$work/said" 2>&1
[ $? -eq 2 ] || fail "the state of another run is taken"

"$sim" --jobs 2 --for 1h --state "$work/interrupted" >"$work/said" &
pid=$!
sleep 1
kill -INT $pid
wait $pid || fail "Ctrl-C is not an end in order"
grep -q ' 0 broke' "$work/said" || fail "Ctrl-C: no summary"
[ -s "$work/interrupted" ] || fail "Ctrl-C: no state"

"$sim" --jobs 2 --runs 6 --steps 16 --most-promotions 2 --found "$work/found" >"$work/said"
[ $? -eq 1 ] || fail "a broken invariant is not exit code 1"
grep -q '^6 histories' "$work/said" || fail "the rest did not go on"
ls "$work/found"/seed_*.story >"$work/said" || fail "no story was written"
echo "ok"
