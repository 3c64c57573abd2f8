#!/usr/bin/env bash
# An authority, certificates of servers and clients, and some that are no good, into a folder:
#   certificates.sh DIR
# ca.pem, server.pem .key, client.pem .key; expired.pem .key, elsewhere.pem .key (another name);
# stranger.pem .key (a client of an authority that nobody knows: other.pem).
set -eu
mkdir -p "$1"
cd "$1"

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE -keyout "$1.key" -out "$1.pem"
}

# certificate NAME AUTHORITY ALTERNATIVE_NAMES [openssl's arguments for its time]
certificate() {
  local name=$1 by=$2 names=$3
  shift 3
  [ $# -gt 0 ] || set -- -days 20
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
    -keyout "$name.key" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA "$by.pem" -CAkey "$by.key" -CAcreateserial "$@" \
    -extfile <(echo "subjectAltName=$names") -out "$name.pem"
  rm "$name.csr"
}

HERE="DNS:localhost,IP:127.0.0.1"
for host in 1 2 3 4 5; do HERE+=",IP:10.77.0.$host"; done
{
  authority ca
  authority other
  certificate server ca "$HERE"
  certificate client ca DNS:client
  certificate elsewhere ca DNS:elsewhere.example,IP:10.1.2.3
  certificate stranger other DNS:stranger
  certificate expired ca "$HERE" -days -1
} >openssl.log 2>&1 || {
  cat openssl.log
  exit 1
}
