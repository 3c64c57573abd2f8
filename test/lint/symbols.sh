#!/usr/bin/env bash
# The shared library exports the public headers, all of them, and nothing else.
#   symbols.sh BUILD_DIR      (a release build)
. "$(dirname "$0")/../kit.sh"
LIBRARY=${1:?build directory}/src/libharedis.so
HEADERS=$KIT_ROOT/include/haredis

exported() {
  nm -D --defined-only "$LIBRARY" | awk '{ print $NF }' | sort
}

declared() {
  sed -n '/^HAREDIS_API/,/;/p' "$HEADERS"/*.h | tr '\n' ' ' | tr ';' '\n' |
    sed -n 's/.*[ *]\(haredis_[a-z_]*\)(.*/\1/p' | sort -u
}

everything_exported() {
  [ "$(declared | wc -l)" -gt 20 ] || { echo "cannot read the headers"; return 1; }
  ! comm -13 <(exported) <(declared) | grep .
}

nothing_else_exported() {
  ! comm -23 <(exported) <(declared) | grep .
}

so_version() {
  readelf -d "$LIBRARY" | grep -q 'SONAME.*\[libharedis\.so\.0\]'
}

needs_only_what_it_uses() {
  ! readelf -d "$LIBRARY" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' |
    grep -vE '^lib(hiredis|ev|uuid|c|pthread|m|ssl|crypto)\.so'
}

kit_case "every function of the headers is exported" everything_exported
kit_case "nothing else is exported" nothing_else_exported
kit_case "the library calls itself libharedis.so.0" so_version
kit_case "the library needs hiredis, libev, libuuid, OpenSSL where it has TLS, and the C library" needs_only_what_it_uses
kit_end
