#!/usr/bin/env bash
# The model (test/model/failover.pml) speaks of the core's states by their names: its lists are those
# of src/core/internal.h, and its steps from phase to phase are those that work.c allows.
#   model.sh
. "$(dirname "$0")/../kit.sh"
cd "$KIT_ROOT" || exit 1

# names_of_core INTERNAL_H: the enumerators of phase, step, part and kind of work, without HR_.
names_of_core() {
  awk '/^enum hr_(phase|step|part|work_kind) /, /};/' "$1" |
    sed 's|/\*.*||' | grep -oE '\bHR_(PHASE|STEP|PART|WORK)_[A-Z_]+\b' | sed 's/^HR_//' | sort
}

# names_of_model MODEL: what it declares and uses, and what it says it leaves out (with a reason).
names_of_model() {
  local declared
  declared=$(awk '/^mtype:[a-z]* = /, /};/' "$1" | grep -oE '\b(PHASE|STEP|PART|WORK)_[A-Z_]+\b')
  for name in $declared; do
    # Declared once; a name that is not used says nothing about the model.
    [ "$(grep -cE "\\b$name\\b" "$1")" -ge 2 ] && echo "$name"
  done | sort
  sed -n '/Not modelled:/,/\*\//s/^ \*   \([A-Z]*_[A-Z_]*\)  *[a-z].*/\1/p' "$1" | sort
}

steps_of_core() {
  awk '/static const unsigned successors/, /};/' "$1" | tr -d ' \n' |
    grep -oE '\[HR_PHASE_[A-Z_]+\]=[^,]*' | while IFS== read -r from to; do
    from=${from//[\[\]]/}
    grep -oE 'HR_PHASE_[A-Z_]+' <<<"$to" | sed "s/^/$from /"
  done | sed 's/HR_//g' | sort
}

steps_of_model() {
  grep -oE '\bgo\([a-z]+, (PHASE_[A-Z_]+), (PHASE_[A-Z_]+)\)' "$1" |
    sed 's/.*(\w*, \(PHASE_[A-Z_]*\), \(PHASE_[A-Z_]*\))/\1 \2/'
  # promotes() is told where it comes from.
  grep -oE '\bpromotes\([a-z]+, PHASE_[A-Z_]+' "$1" | sed 's/.* \(PHASE_[A-Z_]*\)/\1 PHASE_PROMOTE/'
}

same() {
  [ -n "$1" ] || { echo "nothing to compare"; return 1; }
  diff <(echo "$1") <(echo "$2" | sort -u) >"$WORK/diff" && return 0
  sed -n 's/^</only in the core: /p; s/^>/only in the model:/p' "$WORK/diff"
  return 1
}

names() { same "$(names_of_core "$1")" "$(names_of_model "$2")"; }
steps() { same "$(steps_of_core "$1")" "$(steps_of_model "$2")"; }

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CORE=src/core/internal.h
PHASES=src/core/work.c
MODEL=test/model/failover.pml

# planted SED FILE: a copy of it with a difference.
planted() {
  sed -E "$1" "$2" >"$WORK/$(basename "$2")"
  ! cmp -s "$2" "$WORK/$(basename "$2")" && echo "$WORK/$(basename "$2")"
}

sees() {
  names "$(planted 's/HR_PHASE_CHECK,/HR_PHASE_CHECK, HR_PHASE_NEW,/' $CORE)" $MODEL && return 1
  names "$(planted 's/HR_PART_FAILED/HR_PART_LOST/' $CORE)" $MODEL && return 1
  names "$(planted '/^ *HR_STEP_GUARD,/d' $CORE)" $MODEL && return 1
  names $CORE "$(planted 's/PHASE_DRAIN, PHASE_SEAL,/PHASE_SEAL,/' $MODEL)" && return 1
  names $CORE "$(planted '/STEP_LOOK  /d' $MODEL)" && return 1
  steps "$(planted 's/(_SEAL\] = 1u << HR_PHASE_)PROMOTE/\1FOLLOW/' $PHASES)" $MODEL && return 1
  steps $PHASES "$(planted 's/go\(c, PHASE_REST, PHASE_DRAIN\)/skip/' $MODEL)" && return 1
  return 0
}

kit_case "the model has the core's phases, steps, parts and works" names $CORE $MODEL
kit_case "the model goes from phase to phase as the core may" steps $PHASES $MODEL
kit_case "it sees a planted difference" sees
kit_end
