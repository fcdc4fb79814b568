#!/bin/bash
# What becomes of a key counts at the next request, and nothing is started
# anew: it expires while posternd runs, is extended, is revoked by a
# certificate, or loses a subkey; another's request passes beside it.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
listen 22

# dave's primary key certifies only; two subkeys sign.
mkdir -p -m 700 "$W/dave/gnupg" "$W/dave/config"
gpg_as dave --quick-generate-key 'dave <dave@example.org>' ed25519 cert never
D=$(fpr_of dave)
for algo in ed25519 rsa3072; do gpg_as dave --quick-add-key "$D" $algo sign never; done
gpg_as dave --quick-add-key "$D" cv25519 encr never
gpg_as dave --export dave > "$W/dave.pgp"
signing_subkeys () {
  GNUPGHOME=$W/dave/gnupg gpg --batch --with-colons --list-keys dave 2>>"$W/gpg.log" \
    | awk -F: '$1 == "sub" { s = $12 ~ /s/ && $2 != "r" } $1 == "fpr" && s { print $10; s = 0 }'
}
for name in alice bob carol dave; do enroll $name; done
start
server_key

roles () {
  local pid
  for pid in $(ip netns pids "$SERVER"); do
    echo "$pid $(cat "/proc/$pid/comm")"
  done | grep -E ' (posternd|capture|unseal|verify|decide|act)$' | sort
}
roles > "$W/roles"

# ready NAME [SIGNER]: a sealed request in $W/NAME.m, signed now.
ready () {
  text_of_request > "$W/t"
  gpg_as "$1" --no-options --compress-algo none --digest-algo SHA256 \
    -f "$W/server.pgp" -u "${2:-$1}" -s -e -o "$W/$1.m" "$W/t" || fail "gpg of $1"
}
opens () {
  send_message "$W/$1.m"
  until_ok connects $S4 22 1 || { ctl audit --last 3; fail "$2: $1 does not open"; }
  ctl close --all > /dev/null
  is_shut $S4 22
  say "$2: $1 opens"
}
# refusals REASON: how often that was the reason so far; the audit counts what
# comes again and again in one row.
refusals () {
  ctl audit --json --last 500 | python3 -c 'import json, sys
rows = [json.loads(line) for line in sys.stdin if line.strip()]
print(sum(row.get("count", 1) for row in rows
          if sys.argv[1] in row.get("reason", "")))' "$1"
}
more_refusals () { [ "$(refusals "$1")" -gt "$2" ]; }
refused () {
  local before
  before=$(refusals "$3")
  send_message "$W/$1.m"
  until_ok more_refusals "$3" "$before" \
    || { ctl audit --last 5; fail "$2: not refused as $3"; }
  is_shut $S4 22
  say "$2: $1 is refused"
}
# Until this second is over.
pass () { until [ "$(date +%s)" -gt "$1" ]; do sleep 0.1; done; }

ready alice && opens alice "at first"
ready dave && opens dave "at first"

# It expires while posternd knows it: both requests are signed before, one of
# them by a key that goes on.
ends=$(($(date +%s) + 12))
gpg_as alice --quick-set-expire "$(fpr_of alice)" "$(date -u -d "@$ends" +%Y%m%dT%H%M%S)"
gpg_as alice --export alice > "$W/alice.pgp"
into_roster "$W/alice.pgp"
ready alice && opens alice "with an end to come"
ready alice
ready bob
[ "$(date +%s)" -lt "$ends" ] || fail "this machine is too slow"
pass "$ends"
refused alice "behind that end" expired
opens bob "behind that end"

# Extended, it opens again; what was refused once is spent.
gpg_as alice --quick-set-expire "$(fpr_of alice)" 1y
gpg_as alice --export alice > "$W/alice.pgp"
into_roster "$W/alice.pgp"
ready alice && opens alice "extended"

# Revoked by the certificate that gpg made with the key.
ready bob
ready carol
sed 's/^:-----BEGIN/-----BEGIN/' "$W/bob/gnupg/openpgp-revocs.d/$(fpr_of bob).rev" > "$W/bob.rev"
into_roster "$W/bob.rev"
refused bob "revoked" revoked
opens carol "beside a revoked one"

# One subkey is revoked, the other signs on.
set -- $(signing_subkeys)
[ $# = 2 ] || fail "not two signing subkeys"
for sub in "$@"; do ready dave "$sub!" && opens dave "a signing subkey"; done
ready dave "$1!"
mv "$W/dave.m" "$W/dave-revoked.m"
printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/dave/gnupg gpg --command-fd 0 \
  --no-tty --pinentry-mode loopback --passphrase '' --edit-key "$D" >>"$W/gpg.log" 2>&1
[ "$(signing_subkeys)" = "$2" ] || fail "the first subkey is not revoked"
gpg_as dave --export dave > "$W/dave.pgp"
into_roster "$W/dave.pgp"
refused dave-revoked "a subkey is revoked" revoked
ready dave "$2!" && opens dave "the other subkey"

# A subkey that expires while the primary key and another subkey go on.
gpg_as dave --quick-add-key "$D" ed25519 sign never
set -- $(signing_subkeys)
[ $# = 2 ] || fail "not two signing subkeys again"
ends=$(($(date +%s) + 12))
gpg_as dave --quick-set-expire "$D" "$(date -u -d "@$ends" +%Y%m%dT%H%M%S)" "$2"
gpg_as dave --export dave > "$W/dave.pgp"
into_roster "$W/dave.pgp"
ready dave "$2!" && opens dave "a subkey with an end to come"
ready dave "$2!"
mv "$W/dave.m" "$W/dave-ended.m"
ready dave "$1!"
[ "$(date +%s)" -lt "$ends" ] || fail "this machine is too slow"
pass "$ends"
refused dave-ended "behind the subkey's end" expired
opens dave "by its other subkey"

roles | cmp -s - "$W/roles" || fail "something was started anew: $(roles)"
say "ok"
