#!/usr/bin/env bash
# A stranger's view: the library is installed into an empty place; then programs are built against it
# by CMake and by pkg-config, shared and static, in C and in C++, and run.
#   consumer.sh BUILD_DIR
. "$(dirname "$0")/../kit.sh"
BUILD=$(cd "${1:?build directory}" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
PREFIX=$WORK/prefix

install_all() {
  cmake --install "$BUILD" --prefix "$PREFIX"
}
kit_case "install" install_all
LIB=$(dirname "$(find "$PREFIX" -name libharedis.a)")

cat >"$WORK/main.c" <<'END'
#include <ev.h>
#include <haredis/haredis.h>
#include <haredis/metrics.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

/* No server is needed: a wrong option has to be named, by the library that was installed. */
int main(void) {
  haredis_options o;
  haredis_options_init(&o);
  o.nodes = "127.0.0.1:99999";
  struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
  haredis_client *c = haredis_async_connect(loop, &o);
  int refused = c != NULL && haredis_err(c) == HAREDIS_ERR_OPTION;
  printf("%s\n", haredis_errstr(c));
  haredis_metrics *m = haredis_metrics_take(c);
  refused = refused && haredis_metrics_client(m)->accepted == 0;
  haredis_metrics_free(m);
  haredis_free(c);
  ev_loop_destroy(loop);
  freeReplyObject(NULL);
  return refused ? 0 : 1;
}
END
cp "$WORK/main.c" "$WORK/main.cpp"
cat >"$WORK/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.18)
project(stranger LANGUAGES C)
find_package(haredis 0.1 REQUIRED)
add_executable(shared main.c)
target_link_libraries(shared haredis::haredis)
add_executable(static main.c)
target_link_libraries(static haredis::haredis_static)
END

by_cmake() {
  cmake -G Ninja -S "$WORK" -B "$WORK/b" -DCMAKE_PREFIX_PATH="$PREFIX" && ninja -C "$WORK/b" &&
    "$WORK/b/shared" && "$WORK/b/static" &&
    ldd "$WORK/b/shared" | grep -q 'libharedis.so.0 => '"$PREFIX" &&
    ! ldd "$WORK/b/static" | grep libharedis
}
by_pkg_config() {
  export PKG_CONFIG_PATH=$LIB/pkgconfig
  # shellcheck disable=SC2046
  cc "$WORK/main.c" -o "$WORK/pc" $(pkg-config --cflags --libs haredis hiredis) &&
    LD_LIBRARY_PATH=$LIB "$WORK/pc"
}
by_pkg_config_static() {
  export PKG_CONFIG_PATH=$LIB/pkgconfig
  local flags
  flags=$(pkg-config --static --cflags --libs haredis hiredis) || return 1
  # shellcheck disable=SC2086
  cc "$WORK/main.c" -o "$WORK/pcs" ${flags/-lharedis/-l:libharedis.a} && "$WORK/pcs"
}
as_subproject() {
  mkdir -p "$WORK/sub" && cp "$WORK/main.c" "$WORK/sub/"
  cat >"$WORK/sub/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.18)
project(outer LANGUAGES C)
add_subdirectory($KIT_ROOT haredis)
add_executable(inner main.c)
target_link_libraries(inner haredis::haredis_static)
END
  cmake -G Ninja -S "$WORK/sub" -B "$WORK/subb" && ninja -C "$WORK/subb" inner &&
    "$WORK/subb/inner"
}
header_is_cplusplus() {
  command -v c++ >/dev/null || { echo "there is no C++ compiler"; return 1; }
  c++ -std=c++11 -Wall -Wextra -Werror -I "$PREFIX/include" -c "$WORK/main.cpp" -o "$WORK/cpp.o"
}
header_stands_alone() {
  local header
  for header in "$PREFIX"/include/haredis/*.h; do
    echo "#include <haredis/${header##*/}>" >"$WORK/alone.c"
    cc -std=c11 -Wall -Wextra -pedantic -Werror -I "$PREFIX/include" -c "$WORK/alone.c" \
      -o "$WORK/alone.o" || return 1
  done
}
installed_program() {
  "$PREFIX/bin/haredis" --version | grep '^haredis [0-9]'
}

kit_case "a program by find_package, shared and static" by_cmake
kit_case "a program by pkg-config" by_pkg_config
kit_case "a program by pkg-config, static" by_pkg_config_static
kit_case "a program with the tree as its subdirectory" as_subproject
kit_case "the headers in C++" header_is_cplusplus
kit_case "each header alone in strict C11" header_stands_alone
kit_case "the installed program finds its library" installed_program
kit_end
