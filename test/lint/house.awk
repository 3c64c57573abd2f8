# The house numbers of one C file, one complaint per line: functions of at most 70 lines, files of at
# most 600, lines of at most 100 columns, no tabs, no space at a line's end, a comment that opens the
# file. With -v pure=1: at least as many assertions as functions.
#
# A function is what starts in column 0 with a parenthesis, opens its brace at a line's end, and ends
# with a brace alone in column 0: the form that .clang-format gives.

function complain(line, text) {
  printf "%s:%d: %s\n", FILENAME, line, text
  bad = 1
}

FNR == 1 && $0 !~ /^\/\*/ { complain(1, "the file does not open with what it is for") }
length($0) > 100 && !wide($0) { complain(FNR, "line of " columns($0) " columns (100 at most)") }
/\t/ { complain(FNR, "tab") }
/[ \t]$/ { complain(FNR, "space at the end of the line") }
/(^|[^_a-zA-Z])(assert|static_assert|_Static_assert)\(/ { asserts++ }

# Bytes are not columns: arrows and boxes of diagrams take three bytes each.
function columns(text, n) {
  n = text
  gsub(/[\200-\277]/, "", n)
  return length(n)
}
function wide(text) {
  return columns(text) <= 100
}

inside {
  if ($0 == "}") {
    inside = 0
    functions++
    size = FNR - start + 1
    if (size > 70) complain(start, "function of " size " lines (70 at most)")
  }
  if ($0 ~ /^}/) inside = 0
  next
}
/^[a-zA-Z_]/ && !/;[ \t]*$/ && !/^(enum|union|typedef)/ {
  start = FNR
  head = $0
  if (head ~ /{[ \t]*$/) { open_brace() }
  next
}
start && /^[ \t]+/ {
  head = head " " $0
  if ($0 ~ /{[ \t]*$/) open_brace()
  else if ($0 ~ /;[ \t]*$/) start = 0
  next
}
{ start = 0 }

function open_brace() {
  if (head ~ /\(/ && head !~ /=/) inside = 1
  else start = 0
}

END {
  if (FNR > 600) complain(FNR, "file of " FNR " lines (600 at most)")
  if (pure && FILENAME ~ /\.c$/ && asserts < functions) {
    complain(1, functions " functions, " asserts + 0 " assertions (one per function at least)")
  }
  exit bad
}
