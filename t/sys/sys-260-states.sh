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

# alice2's primary key certifies only; two subkeys sign.
mkdir -p -m 700 "$W/alice2/gnupg" "$W/alice2/config"
gpg_as alice2 --quick-generate-key 'alice2 <alice2@example.org>' ed25519 cert never
A2=$(fpr_of alice2)
for algo in ed25519 rsa3072; do gpg_as alice2 --quick-add-key "$A2" $algo sign never; done
gpg_as alice2 --quick-add-key "$A2" cv25519 encr never
gpg_as alice2 --export alice2 > "$W/alice2.pgp"
signing_subkeys () {
  GNUPGHOME=$W/alice2/gnupg gpg --batch --with-colons --list-keys alice2 2>>"$W/gpg.log" \
    | awk -F: '$1 == "sub" { s = $12 ~ /s/ && $2 != "r" } $1 == "fpr" && s { print $10; s = 0 }'
}
for name in alice bob carol alice2; do enroll $name; done
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
  until_ok connects $S4 22 || { ctl audit --last 3; fail "$2: $1 does not open"; }
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

# soon NAME STEPS FPR [SUBKEY]: a key of NAME's ends soon, and until then
# STEPS pass.  Where the machine is so busy that the end comes first, a later
# end, and the steps again.
soon () {
  local enough
  for enough in 5 30 150 600; do
    ends=$(($(date +%s) + enough))
    gpg_as "$1" --quick-set-expire "$3" "$(date -u -d "@$ends" +%Y%m%dT%H%M%S)" ${4:-}
    gpg_as "$1" --export "$1" > "$W/$1.pgp"
    into_roster "$W/$1.pgp"
    (PATIENCE=$enough; "$2") > "$W/soon.out" 2>&1 \
      && [ "$(date +%s)" -lt "$ends" ] && return
    [ "$(date +%s)" -ge "$ends" ] || fail "$2: $(cat "$W/soon.out")"
  done
  fail "$2: not within 10 minutes"
}

ready alice && opens alice "at first"
ready alice2 && opens alice2 "at first"

# It expires while posternd knows it: both requests are signed before, one of
# them by a key that goes on.
two_ready () {
  ready alice && opens alice "with an end to come"
  ready alice
  ready bob
}
soon alice two_ready "$(fpr_of alice)"
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
for sub in "$@"; do ready alice2 "$sub!" && opens alice2 "a signing subkey"; done
ready alice2 "$1!"
mv "$W/alice2.m" "$W/alice2-revoked.m"
printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/alice2/gnupg gpg --command-fd 0 \
  --no-tty --pinentry-mode loopback --passphrase '' --edit-key "$A2" >>"$W/gpg.log" 2>&1
[ "$(signing_subkeys)" = "$2" ] || fail "the first subkey is not revoked"
gpg_as alice2 --export alice2 > "$W/alice2.pgp"
into_roster "$W/alice2.pgp"
refused alice2-revoked "a subkey is revoked" revoked
ready alice2 "$2!" && opens alice2 "the other subkey"

# A subkey that expires while the primary key and another subkey go on.
gpg_as alice2 --quick-add-key "$A2" ed25519 sign never
set -- $(signing_subkeys)
[ $# = 2 ] || fail "not two signing subkeys again"
FIRST=$1 SECOND=$2
each_ready () {
  ready alice2 "$SECOND!" && opens alice2 "a subkey with an end to come"
  ready alice2 "$SECOND!"
  mv "$W/alice2.m" "$W/alice2-ended.m"
  ready alice2 "$FIRST!"
}
soon alice2 each_ready "$A2" "$SECOND"
pass "$ends"
refused alice2-ended "behind the subkey's end" expired
opens alice2 "by its other subkey"

roles | cmp -s - "$W/roles" || fail "something was started anew: $(roles)"
say "ok"
