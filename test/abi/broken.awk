# What abidiff --leaf-changes-only reports, without what is allowed: structs that grow at their end,
# new types, and what becomes of other libraries' types (a redisReply is hiredis'; its own library
# name guards it). abidiff's own suppression for growth also lets fields pass that were put in front.
# Nothing is left when nothing is broken.

function judge() {
  if (block != "" && !allowed && !(grown && only_grown)) printf "%s", block
  block = ""
  grown = only_grown = 0
}

/^'/ {
  judge()
  only_grown = /^'struct haredis_[a-z_]+' changed:$/
  allowed = /^'(struct|union|enum) / && !/^'(struct|union|enum) haredis_/
  block = $0 "\n"
  next
}
/^[^ ]/ {
  judge()
  if ($0 ~ /summary: /) next
  allowed = /^[0-9]+ added types? unreachable from any public interface:$/
  block = $0 "\n"
  next
}
/^ *$/ { next }
{ block = block $0 "\n" }
/^  type size changed from [0-9]+ to [0-9]+ / {
  size = $5
  grown = 1
  next
}
/^  [0-9]+ data member insertions?:$/ { next }
/, at offset [0-9]+ \(in bits\)$/ {
  match($0, /at offset [0-9]+/)
  if (!grown || substr($0, RSTART + 10, RLENGTH - 10) + 0 < size + 0) only_grown = 0
  next
}
{ only_grown = 0 }

END { judge() }
