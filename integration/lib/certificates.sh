#!/usr/bin/env bash
# An authority, certificates of servers and clients, and some that are no good, into a folder:
#   certificates.sh DIR
# ca.pem, server.pem .key, client.pem .key; elsewhere.pem .key (another name); stranger.pem .key (a
# client of an authority that nobody knows: other.pem); expired.pem .key, which a server still takes
# for EXPIRES_IN seconds: it ends at the time (of the epoch) that is in expired.at.
set -eu
EXPIRES_IN=15
mkdir -p "$1"
cd "$1"

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE -keyout "$1.key" -out "$1.pem"
}

# request NAME: its key, and NAME.csr
request() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
    -keyout "$1.key" -out "$1.csr"
}

# certificate NAME AUTHORITY ALTERNATIVE_NAMES
certificate() {
  request "$1"
  echo "subjectAltName=$3" >"$1.extensions"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 20 \
    -extfile "$1.extensions" -out "$1.pem"
  rm "$1.csr" "$1.extensions"
}

# Servers do not start with a certificate that is over. `x509` counts in days, `ca` in seconds.
expiring() {
  local end=$(($(date +%s) + EXPIRES_IN))
  request expired
  : >index.txt
  printf '%s\n' "[ca]" "default_ca=here" "[here]" "database=index.txt" "new_certs_dir=." \
    "rand_serial=yes" "default_md=sha256" "policy=any" "x509_extensions=names" "[any]" \
    "commonName=supplied" "[names]" "subjectAltName=$1" >ca.conf
  openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in expired.csr -notext \
    -startdate "$(date -u -d "@$((end - 86400))" +%Y%m%d%H%M%SZ)" \
    -enddate "$(date -u -d "@$end" +%Y%m%d%H%M%SZ)" -out expired.pem
  echo "$end" >expired.at
  rm -f expired.csr index.* ca.conf [0-9A-F]*.pem
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
  expiring "$HERE"
} >openssl.log 2>&1 || {
  cat openssl.log
  exit 1
}
