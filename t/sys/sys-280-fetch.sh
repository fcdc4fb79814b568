#!/bin/bash
# Keys from where teams keep them: a web key directory, a key server, root's
# own keyring; each compared by fingerprint, with a server of our own.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need dirmngr openssl unshare
setup
person alice
person bob
person carol
person alice2
person bob2
server

# A certificate of a CA that only this test's mount namespace knows; names
# that only its network namespace does.
pki () {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=test-ca -keyout "$W/ca.key" -out "$W/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=example.org -keyout "$W/web.key" -out "$W/web.csr"
  printf 'subjectAltName=DNS:example.org,DNS:keys.example.org\n' \
    > "$W/web.ext"
  openssl x509 -req -in "$W/web.csr" -CA "$W/ca.pem" -CAkey "$W/ca.key" \
    -CAcreateserial -days 2 -extfile "$W/web.ext" -out "$W/web.pem"
}
pki >>"$W/pki.log" 2>&1 || fail "openssl"
mkdir -p "$W/certs" "$W/nocerts" "$W/web/wkd" "$W/web/hkp"
cp "$W/ca.pem" "$W/certs/ca-certificates.crt"
: > "$W/nocerts/ca-certificates.crt"
echo 'nameserver 127.0.0.1' > "$W/resolv.conf"

CERTS=$W/certs
CONFIG=
# keys VERB OPTIONS: as root there; what it writes goes to $W/invite.
keys () {
  local verb=$1
  shift
  in_server unshare -m sh -c '
    [ -z "$3" ] || mount -t overlay overlay /etc \
      -o "lowerdir=/etc,upperdir=$3,workdir=$1/work" || exit 1
    mount --bind "$1/resolv.conf" /etc/resolv.conf
    mount --bind "$2" /etc/ssl/certs
    echo $$ >> "$1/pids"
    shift 3
    exec "$@"' sh "$W" "$CERTS" "$CONFIG" env GNUPGHOME="$W/carol/gnupg" \
    postern-keys "$verb" --config "$ETC" "$@" > "$W/invite" 2> "$W/out"
}
enrolling () { keys enroll --group ops "$@"; }
enrolled () { [ -e "$ETC/users.d/$1.conf" ]; }
fails () {
  local what=$1 say=$2 rc=0
  shift 2
  enrolling "$@" || rc=$?
  [ $rc != 0 ] || fail "$what: enrolled"
  [ $rc != 70 ] || fail "$what: exit code 70, as if it were a mistake of ours"
  [ "$(grep -c '^postern-keys: ' "$W/out")" = 1 ] \
    || fail "$what: not one line: $(cat "$W/out")"
  grep -q "$say" "$W/out" || fail "$what: $(cat "$W/out")"
  ! enrolled "$3" && [ ! -s "$W/invite" ] || fail "$what: something was written"
  say "$what: $(sed -n 's/^postern-keys: //p' "$W/out")"
}

web () {
  ip netns exec "$SERVER" python3 "$srcdir/t/sys/keyserver.py" "$W/web" "$@" \
    >>"$W/web.log" 2>&1 &
  own $!
  until_ok in_server nc -z 127.0.0.1 "$1" || fail "no web server"
}
ip netns exec "$SERVER" python3 "$srcdir/t/sys/keyserver.py" --names $S4 \
  example.org keys.example.org >>"$W/web.log" 2>&1 &
own $!
until_ok in_server sh -c 'ss -Hlun | grep -q :53' || fail "no name server"
web 443 "$W/web.pem" "$W/web.key"
web 11371
A=$(fpr_of alice) B=$(fpr_of bob)
cp "$W/alice.pgp" "$W/web/wkd/alice"
gpg_as bob --armor --export bob > "$W/web/hkp/$B"

fails "an address without a key" 'there is no such key' \
  alice2 --key wkd:alice2@example.org --fpr "$A"
fails "a host that is not there" 'no such host' \
  alice --key wkd:alice@other.example.org --fpr "$A"
fails "another fingerprint" 'is not the fingerprint' \
  alice --key wkd:alice@example.org --fpr "$B"
fails "no fingerprint and no terminal" 'no terminal' \
  alice --key wkd:alice@example.org
CERTS=$W/nocerts
fails "a directory with an unknown certificate" 'certificate is not trusted' \
  alice --key wkd:alice@example.org --fpr "$A"
CERTS=$W/certs
enrolling alice --key wkd:alice@example.org --fpr "$A" || fail "wkd: $(cat "$W/out")"
as alice postern join "$W/invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "join"
say "a web key directory: enrolled"

fails "a key server without the key" 'there is no such key' \
  bob --key "hkps://keys.example.org/$A" --fpr "$A"
cp "$W/web/hkp/$B" "$W/web/hkp/$A"
fails "a key server that gives another" 'answered with another key' \
  bob --key "hkps://keys.example.org/$A" --fpr "$B"
fails "hkp to another host" 'hkps' \
  bob --key "hkp://keys.example.org/$B" --fpr "$B"
fails "a short key ID" 'full fingerprint' \
  bob --key "hkps://keys.example.org/${B#????????????????????????}" --fpr "$B"
fails "a server that is down" 'does not answer' \
  bob --key "hkp://127.0.0.1:11372/$B" --fpr "$B"
CERTS=$W/nocerts
fails "a key server with an unknown certificate" 'certificate is not trusted' \
  bob --key "hkps://keys.example.org/$B" --fpr "$B"
CERTS=$W/certs
enrolling bob --key "hkps://keys.example.org/$B" --fpr "$B" || fail "hkps: $(cat "$W/out")"
as bob postern join "$W/invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "join"
say "a key server: enrolled"

# Its certificate may be of a CA that GnuPG's own configuration names.
mkdir -p "$W/etc.d/gnupg" "$W/work"
echo "hkp-cacert $W/ca.pem" > "$W/etc.d/gnupg/dirmngr.conf"
gpg_as bob2 --armor --export bob2 > "$W/web/hkp/$(fpr_of bob2)"
CERTS=$W/nocerts CONFIG=$W/etc.d
enrolling bob2 --key "hkps://keys.example.org/$(fpr_of bob2)" --fpr "$(fpr_of bob2)" \
  || fail "hkp-cacert: $(cat "$W/out")"
CERTS=$W/certs CONFIG=
say "a key server with a CA of its own: enrolled"

# Of the keyring of who calls; and a key server on this host.
C=$(fpr_of carol)
fails "a key that is not in the keyring" "$A" alice2 --key "$A" --fpr "$A"
gpg_as carol --armor --export carol > "$W/web/hkp/$C"
enrolling carol --key "hkp://127.0.0.1/$C" --fpr "$C" || fail "hkp: $(cat "$W/out")"
say "a key server on this host: enrolled"

# A newer copy, and another primary key, come the same way.
expiry_of () {
  in_server postern-keys list --config "$ETC" --json \
    | python3 -c 'import json, sys
for row in json.load(sys.stdin):
    if row["user"] == sys.argv[1]: print(row["key-expires"])' "$1"
}
[ "$(expiry_of bob)" = None ] || fail "bob ends: $(expiry_of bob)"
gpg_as bob --quick-set-expire "$B" 1y
gpg_as bob --export bob > "$W/web/wkd/bob"
keys enroll --update bob --key wkd:bob@example.org || fail "update: $(cat "$W/out")"
[ "$(expiry_of bob)" -gt "$(date +%s)" ] || fail "not updated: $(expiry_of bob)"
cp "$W/alice.pgp" "$W/web/wkd/bob"
! keys enroll --update bob --key wkd:bob@example.org || fail "updated by another key"
cp "$W/alice2.pgp" "$W/web/hkp/$(fpr_of alice2)"
! keys replace alice --key "hkps://keys.example.org/$(fpr_of alice2)" --fpr "$A" \
  || fail "replaced without its fingerprint"
keys replace alice --key "hkps://keys.example.org/$(fpr_of alice2)" \
  --fpr "$(fpr_of alice2)" || fail "replace: $(cat "$W/out")"
as alice2 postern join "$W/invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "join"
say "a newer copy, another primary key: taken"

# They come in, and nothing of the fetching is left.
listen 22
start
for name in alice2 bob; do
  as $name postern open web1 > "$W/out" || fail "$name: $(cat "$W/out")"
  is_open $S4 22
  as $name postern close web1 >/dev/null
done
while read -r pid; do
  ! ls -d /tmp/postern-keys-"$pid"-* 2>/dev/null || fail "a folder is left"
done < "$W/pids"
for pid in $(ip netns pids "$SERVER"); do
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != dirmngr ] \
    || fail "a dirmngr is left"
done
GNUPGHOME=$ETC/state/muster gpg --batch --list-keys --with-colons \
  | grep -c ^pub | grep -qx 4 || fail "not four people"
say "ok"
