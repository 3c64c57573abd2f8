# shellcheck shell=bash
# To be sourced: packages of this machine (Debian, Ubuntu), and a Debian 13 made from where its apt
# gets them. It must not know what they are for.

POLICY=/usr/sbin/policy-rc.d

# install_packages NAME...: as root, quietly; no service is started because it was installed.
install_packages() {
  local made=0 status
  command -v apt-get >/dev/null || return 1
  if [ ! -e $POLICY ]; then
    printf '#!/bin/sh\nexit 101\n' >$POLICY && chmod 755 $POLICY && made=1
  fi
  apt-get -qq update -o DPkg::Lock::Timeout=300 >/dev/null 2>&1 </dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" >/dev/null 2>&1 </dev/null
  status=$?
  [ $made -eq 1 ] && rm -f $POLICY
  return $status
}

# need_program PROGRAM PACKAGE...: installs the packages where the program is missing, and says so.
need_program() {
  local program=$1
  shift
  command -v "$program" >/dev/null && return 0
  echo "missing here: $*; installing with apt-get"
  install_packages "$@"
  command -v "$program" >/dev/null
}

# mirror RELEASE: of this machine's package sources the first that has the release.
# shellcheck disable=SC2016
mirror() {
  local uri found
  found=$(mktemp) || return 1
  for uri in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u); do
    if timeout 60 /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$1/Release" "$found" \
      >/dev/null 2>&1 && grep -q '^Origin: Debian$' "$found"; then
      rm -f "$found"
      echo "${uri%/}"
      return 0
    fi
  done
  rm -f "$found"
  return 1
}
