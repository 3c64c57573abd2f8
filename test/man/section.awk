# One section of `haredis --help`, or of the header, as roff.
#   -v want=synopsis|commands|options|environment|library|exit    on what --help prints
#   -v want=contract|errors                                       on include/haredis/haredis.h

function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  gsub(/`/, "\\(ga", text)
  gsub(/\^/, "\\(ha", text)
  gsub(/~/, "\\(ti", text)
  return text
}

# Words of at most 95 columns a line: sources are read by people too.
function fill(text, count, words, line, i) {
  count = split(text, words, " ")
  line = ""
  for (i = 1; i <= count; i++) {
    if (line != "" && length(line) + 1 + length(words[i]) > 95) {
      print guarded(line)
      line = ""
    }
    line = line (line == "" ? "" : " ") words[i]
  }
  if (line != "") print guarded(line)
}

function guarded(line) {
  return line ~ /^[.']/ ? "\\&" line : line
}

function flush_entry() {
  if (name != "") {
    print ".TP"
    print ".B " roff(name)
    fill(roff(text))
  }
  name = text = ""
}

# begin(NAME, TEXT): an entry; more(TEXT): a further line of it.
function begin(n, t) {
  flush_entry()
  name = n
  text = t
}

function more(t) {
  sub(/^ +/, "", t)
  text = text (text == "" ? "" : " ") t
}

function trimmed(t) {
  gsub(/^ +| +$/, "", t)
  return t
}

/^usage: /                       { at = "synopsis" }
/^\(none\) /                     { at = "commands" }
/^options:$/                     { flush_entry(); at = "options"; next }
/^environment:$/                 { flush_entry(); at = "environment"; next }
/^options of the library/        { flush_entry(); at = "library"; next }
/^exit codes: /                  { flush_entry(); at = "exit"; sub(/^exit codes: /, "") }
/^ \* THE CONTRACT/              { at = "contract"; getline; next }
/^#define HAREDIS_ERRORS\(X\)/   { at = "errors"; next }
/^$/                             { if (at == "errors") at = ""; next }
at == "contract" && /^ \*$/      { flush_entry(); at = "" }
at != want                       { next }

want == "synopsis" {
  sub(/^usage: /, "       ")
  sub(/^ +haredis/, "")
  print "\\fBharedis\\fR" roff($0)
}
want == "commands" && /^[^ ]/ {
  if (substr($0, 11, 2) ~ /^ ? $/) begin(trimmed(substr($0, 1, 12)), substr($0, 13))
  else begin($0, "")
  next
}
want == "commands"               { more($0) }
want ~ /^(options|environment|library)$/ && /^  ? ? ? ? ?[^ ]/ {
  begin(trimmed(substr($0, 3, 22)), substr($0, 26))
  next
}
want ~ /^(options|environment|library)$/ { more($0) }
want == "exit"                   { more($0) }
want == "contract" && /^ \*   [A-Z]/ {
  begin(trimmed(substr($0, 6, 13)), substr($0, 19))
  next
}
want == "contract"               { more(substr($0, 3)) }
want == "errors" && /^ *X\(/ {
  match($0, /X\([A-Z_]+/)
  begin("HAREDIS_" substr($0, RSTART + 2, RLENGTH - 2), "")
  match($0, /".*"/)
  text = substr($0, RSTART + 1, RLENGTH - 2)
}

# "0 done; 1 failed (status: there is no master; ...); 2 ...": a number begins an entry.
function print_codes(all, count, parts, i) {
  gsub(/; [0-9] /, "\n&", all)
  gsub(/\n; /, "\n", all)
  count = split(all, parts, "\n")
  name = ""
  for (i = 1; i <= count; i++) begin(substr(parts[i], 1, 1), substr(parts[i], 3))
}

END {
  if (want == "exit") print_codes(text)
  flush_entry()
}
