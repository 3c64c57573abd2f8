# The headers' comments as doxygen reads them; the input filter of the Doxyfile beside it.
#   a comment in front of a declaration  documents it, and each that follows without an empty line
#   a comment behind one, in its line    documents that one
#   /* ---- topic ---- */                begins a group of functions
#   indented lines in a comment          stay as they are

function plain(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/[<>@#&$%]/, "\\\\&", text)
  return text
}

# A whole comment, without its marks, as the text of a doc comment.
function documented(body, count, lines, i, line, inside, text) {
  count = split(body, lines, "\n")
  text = ""
  for (i = 1; i <= count; i++) {
    line = lines[i]
    if (line ~ /^  +[^ ]/ && !inside) {
      text = text "\n\\verbatim"
      inside = 1
    } else if (line !~ /^  / && inside) {
      text = text "\n\\endverbatim"
      inside = 0
    }
    text = text "\n" (inside ? line : plain(line))
  }
  if (inside) text = text "\n\\endverbatim"
  return text
}

function unmarked(line) {
  sub(/^ *\/\*/, "", line)
  sub(/ *\*\/ *$/, "", line)
  sub(/^ *\*/, "", line)
  sub(/^ /, "", line)
  return line
}

# A further line of a comment that stands behind code.
function unmarked_end(line) {
  sub(/^ *\*? */, "", line)
  return line
}

function end_of_comment() {
  if (!begun) {
    print "/** \\file" documented(body) "\n*/"
    begun = 1
    return
  }
  print "/**" documented(body) "\n*/"
  said = body
  spoken = 1
}

/^\/\* -+ .* -+ *\*\/$/ {
  topic = $0
  sub(/^\/\* -+ */, "", topic)
  sub(/ *-+ *\*\/$/, "", topic)
  if (grouped) print "/** \\} */"
  name = topic
  gsub(/[^a-z]+/, "_", name)
  print "/** \\defgroup " name " " topic "\n \\{ */"
  grouped = 1
  next
}
inside_comment {
  body = body "\n" unmarked($0)
  if (/\*\/ *$/) {
    inside_comment = 0
    end_of_comment()
  }
  next
}
/^ *\/\*/ && /\*\/ *$/ && !/\*\/.*\/\*/ {
  body = unmarked($0)
  end_of_comment()
  next
}
/^ *\/\*/ && !/\*\// {
  body = unmarked($0)
  inside_comment = 1
  next
}
/^ *$/                { said = "" }
/^HAREDIS_API|^typedef|^struct|^enum|^#define/ {
  if (!spoken && said != "") print "/**" documented(said) "\n*/"
}
/^#ifdef __cplusplus/ { if (grouped) print "/** \\} */"; grouped = 0 }
/[^ ].*\/\* / && !/\*\/ *$/ && !/\\$/ {
  while (!/\*\/ *$/ && (getline line) > 0) $0 = $0 " " unmarked_end(line)
}
/[^ ].*\/\* .*\*\/ *$/ {
  at = index($0, "/*")
  remark = substr($0, at + 2)
  sub(/ *\*\/ *$/, "", remark)
  $0 = substr($0, 1, at - 1) "/**<" plain(remark) " */"
}
{
  spoken = 0
  print
}
