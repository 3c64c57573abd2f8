#!/bin/sh
# A planted invariant, at most two promotions, breaks in a history of 25 faults: it is shortened to
# a few words, and the story that is written breaks in the same way when it is told by itself.
#   shrinks.sh SIM SPEC
sim=$1
spec=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAIL $1"
  cat "$work/said"
  exit 1
}
"$sim" --seed 1 --steps 25 --most-promotions 2 --found "$work" >"$work/said" 2>&1
[ $? -eq 1 ] || fail "a broken invariant is not exit code 1"
story=$work/seed_1.story
[ -f "$story" ] || fail "no story was written"
words=$(sed '/^----$/,$d' "$story" | grep -vc '^#')
faults=$(sed '/^----$/,$d' "$story" | grep -cE '^(kill|stop|sleep|cut|restart|when|switchover)')
echo "$words words, $faults of them faults"
if [ "$words" -gt 16 ] || [ "$faults" -gt 4 ]; then fail "that is not short"; fi
grep -q 'broken: 0: 3 promotions' "$story" || fail "the transcript does not end with the break"
"$spec" "$story" >"$work/said" 2>&1 && fail "the story does not break by itself"
grep -q 'broken: 0: 3 promotions' "$work/said" || fail "the story breaks something else"
echo "ok"
