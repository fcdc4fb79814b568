#!/bin/bash
# Keys of every kind that people have: NIST and Brainpool curves, RSA-4096,
# certify-only with several signing subkeys; each from enrolment to an open
# port, and the largest within one packet.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
server --address $S6 --protect tcp/22,tcp/10000-10030
sed -i "s|^  ports .*|  ports = {'tcp/22', 'tcp/10000-10030'}|" "$ETC/access.conf"
listen 22
start

# kind NAME ALGO [SUBALGO]: a person whose primary key signs.
kind () {
  mkdir -p -m 700 "$W/$1/gnupg" "$W/$1/config"
  gpg_as "$1" --quick-generate-key "$1 <$1@example.org>" "$2" sign,cert never
  gpg_as "$1" --quick-add-key "$(fpr_of "$1")" "${3:-$2}" encr never
  gpg_as "$1" --export "$1" > "$W/$1.pgp"
}
opens () {
  as "$1" postern open web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
  is_open $S4 22
  as "$1" postern close web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
  is_shut $S4 22
}
# opens_with NAME SUBKEY: by this subkey and no other, plain gpg.
opens_with () {
  text_of_request > "$W/t"
  gpg_as "$1" --no-options --compress-algo none --digest-algo SHA256 \
    -f "$W/server.pgp" -u "$2!" -s -e -o "$W/m" "$W/t" || fail "gpg of $1"
  send_message "$W/m"
  until_ok connects $S4 22 || { ctl audit --last 3; fail "$1 by $2 does not open"; }
  ctl close --all > /dev/null
  is_shut $S4 22
}

curves=$(gpg --batch --with-colons --list-config curve)
for curve in nistp256 nistp384 nistp521 brainpoolP256r1 brainpoolP384r1 brainpoolP512r1; do
  case ";${curves##*:};" in *";$curve;"*) ;; *) say "$curve: this gpg has it not"; continue ;; esac
  name=$(printf %s "$curve" | tr A-Z a-z)
  kind "$name" "$curve"
  enroll "$name"
  opens "$name"
  say "$curve: opens"
done

# The primary key only certifies; of two subkeys that sign either will do.
mkdir -p -m 700 "$W/carol/gnupg" "$W/carol/config"
gpg_as carol --quick-generate-key 'carol <carol@example.org>' ed25519 cert never
C=$(fpr_of carol)
for algo in ed25519 rsa3072; do gpg_as carol --quick-add-key "$C" $algo sign never; done
gpg_as carol --quick-add-key "$C" cv25519 encr never
gpg_as carol --armor --export carol > "$W/carol.pgp"
enroll carol
server_key
set -- $(GNUPGHOME=$W/carol/gnupg gpg --batch --with-colons --list-keys carol \
  | awk -F: '$1 == "sub" { s = $12 ~ /s/ } $1 == "fpr" && s { print $10; s = 0 }')
[ $# = 2 ] || fail "not two signing subkeys"
opens_with carol "$1"
opens_with carol "$2"
opens carol
say "certify-only, two signing subkeys: each opens"

# RSA-4096 to RSA-4096: what one packet carries.
kind alice rsa4096
root=$ETC/state/root agent=$ETC/state/agent
until [ "$(date +%s)" -gt "$(GNUPGHOME=$root gpg --batch --with-colons \
  --list-keys "$SFPR" | awk -F: '$1 == "sub" { print $6 }')" ]; do sleep 0.1; done
GNUPGHOME=$root gpg --batch --quiet --passphrase '' --pinentry-mode loopback \
  --quick-add-key "$SFPR" rsa4096 encr never 2>>"$W/gpg.log"
renew_subkeys
server_key
GNUPGHOME=$agent gpg --batch --quiet --import "$W/server.pgp" 2>>"$W/gpg.log"
chown -R _posternagent:_posternagent "$agent"
enroll alice

# size [OPTIONS]: of the datagram that the client would send.
size () {
  rm -f "$W/dgram"
  as alice postern seal open web1 -o "$W/dgram" "$@" 2> "$W/out" || return 1
  stat -c %s "$W/dgram"
}
opens alice
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"
as alice postern open web1 -6 > "$W/out" 2>&1 || fail "-6: $(cat "$W/out")"
is_open $S6 22
as alice postern close web1 -6 > /dev/null || fail "close -6"
long="--source 2001:db8:1234:5678:1234:5678:1234:5678 --for 60s --once --bind 50000"
for family in 4 6; do
  n=$(size -$family tcp/22 $long) || fail "-$family $long: $(cat "$W/out")"
  [ "$n" -le $((family == 4 ? 1472 : 1452)) ] || fail "-$family: $n bytes"
  say "RSA-4096 to RSA-4096 over IPv$family, all options: $n bytes"
done

# Too much is said to be, and why; a little less fits over IPv4 alone.
ports=tcp/10000 between=
for port in $(seq 10002 2 10030); do
  ports="$ports,tcp/$port"
  size -6 $ports > /dev/null || { size -4 $ports > /dev/null && between=1; } || break
done
[ -n "$between" ] || fail "no request fits IPv4 and not IPv6"
[ ! -e "$W/dgram" ] || fail "16 ports fit"
grep -q 'bytes, and one packet carries 1472: .* session key.* Ed25519' "$W/out" \
  || fail "not said: $(cat "$W/out")"
say "too large: $(cat "$W/out")"
rc=0
as alice postern open web1 -6 $ports > "$W/out" 2>&1 || rc=$?
[ $rc != 0 ] && grep -q 'one packet carries 1452' "$W/out" || fail "-6: $(cat "$W/out")"
say "ok"
