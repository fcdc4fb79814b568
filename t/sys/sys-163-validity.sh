#!/bin/bash
# Keys that end, begin, are revoked, disabled and prolonged by hand, while
# posternd runs and nobody tells it: by gpg alone in the roster's home.  The
# audit names the reason.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
for who in alice bob carol; do person $who; done
server
for who in alice bob carol; do enroll $who; done
server_key
ROSTER=$ETC/state/muster
start

# changed NAME: what happens to a person's key happens in a copy of the home;
# their client knows nothing of it.
changed () {
  rm -rf "$W/$1.new"
  cp -a "$W/$1/gnupg" "$W/$1.new"
  rm -f "$W/$1.new"/S.*
}
# new_as NAME ARGUMENTS...: gpg in that copy.
new_as () {
  local name=$1
  shift
  GNUPGHOME=$W/$name.new gpg --batch --quiet --yes --pinentry-mode loopback --passphrase '' \
    "$@" 2>>"$W/gpg.log"
}
# to_roster NAME: as the copy has it.
to_roster () {
  new_as "$1" --export "$1" > "$W/$1.changed"
  into_roster "$W/$1.changed"
}
# edit_roster NAME WORD: as with 'gpg --edit-key'.
edit_roster () {
  printf '%s\nsave\n' "$2" | GNUPGHOME=$ROSTER gpg --no-tty --quiet --command-fd 0 --no-batch \
    --edit-key "$(fpr_of "$1")" >>"$W/gpg.log" 2>&1 || :
}

asks () { as "$1" postern whoami web1 --timeout "${2:-2s}" > "$W/out" 2>&1; }
# A row that says that the newest request of NAME is refused for this reason.
says () {
  ctl audit --json --last 3 | python3 -c '
import json, sys
fpr, reason = sys.argv[1:]
sys.exit(not any(row.get("reason") == reason and row["result"] == "refused"
                 and fpr in json.dumps(row) for row in map(json.loads, sys.stdin)))
' "$(fpr_of "$1")" "$2"
}
is_refused () { ! asks "$1" 1s && says "$1" "$2"; }
refused () {
  local since=$SECONDS
  until_ok is_refused "$1" "$2" || fail "$1 is not refused because $2: $(ctl audit --last 3)"
  say "$1 is refused after $((SECONDS - since)) s: $2"
}
taken () {
  local since=$SECONDS
  until_ok asks "$1" || fail "$1 is refused $2: $(ctl audit --last 3)"
  say "$1 is taken after $((SECONDS - since)) s $2"
}
for who in alice bob carol; do taken $who "at first"; done

say "a key is disabled by hand, and enabled"
edit_roster alice disable
refused alice 'the signing key is disabled'
asks bob || fail "bob as well"
edit_roster alice enable
taken alice "when it is enabled"

say "a key gets an end by hand, ends, and is prolonged"
changed bob
new_as bob --quick-set-expire "$(fpr_of bob)" seconds=8 || fail "no end"
to_roster bob
refused bob 'the signing key has expired'
asks alice || fail "alice as well"
# The new self-signature must be the newer one.
sleep_until_later () { [ "$(date +%s)" -gt "$1" ]; }
until_ok sleep_until_later "$(date +%s)"
new_as bob --quick-set-expire "$(fpr_of bob)" never || fail "no other end"
to_roster bob
taken bob "when it is prolonged"

say "a subkey begins"
changed carol
begin=$(($(date +%s) + 15))
new_as carol --faked-system-time "$begin!" --quick-add-key "$(fpr_of carol)" ed25519 sign never \
  || fail "no subkey"
SUB=$(new_as carol --faked-system-time "$begin!" --with-colons --list-keys carol \
  | awk -F: '$1 == "sub" { s = $12 ~ /s/ } $1 == "fpr" && s { print $10; exit }')
[ -n "$SUB" ] || fail "no subkey of carol's"
new_as carol --faked-system-time "$begin!" --export carol > "$W/carol.changed"
cp "$W/carol.changed" "$W/carol.before"
cp "$ROSTER/pubring.kbx" "$W/before"
into_roster "$W/carol.changed"
cmp -s "$ROSTER/pubring.kbx" "$W/before" && fail "the subkey was not imported"
# by_subkey [OPTIONS]: a request that it signs, by plain gpg.
by_subkey () {
  text_of_request 's/^action.*/action: whoami/; /^ports\|^for/d' > "$W/t"
  rm -f "$W/m"
  new_as carol "$@" --no-options --compress-algo none --digest-algo SHA256 --trust-model always \
    -f "$W/server.pgp" -u "$SUB!" -s -e -o "$W/m" "$W/t" || fail "carol cannot sign"
  send_message "$W/m"
}
newest_says () { [ "$(audit user): $(audit result): $(audit reason)" = "$1" ]; }
# until_says WORDS [OPTIONS]: send such requests until the newest row says that.
until_says () {
  local pattern=$1
  shift
  try () { by_subkey "$@"; newest_says "$pattern"; }
  until_ok try "$@" || fail "not '$pattern': $(ctl audit --last 3)"
}
until_says 'carol: refused: the signing key was made after that time' --faked-system-time "$begin!"
asks carol || fail "carol's other key as well"
has_begun () { [ "$(date +%s)" -ge "$begin" ]; }
until_ok has_begun
until_says 'carol: done: '
say "carol's subkey is taken $(($(date +%s) - begin)) s after it began"

say "that subkey is revoked by hand"
printf 'key 2\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/carol.new gpg --no-tty --quiet --command-fd 0 \
  --pinentry-mode loopback --passphrase '' --edit-key carol >>"$W/gpg.log" 2>&1 || fail "carol cannot revoke"
rm -rf "$W/carol.signs"
cp -a "$W/carol.new" "$W/carol.signs"
to_roster carol
# Who signs with it has not revoked it.
rm -rf "$W/carol.new"
cp -a "$W/carol/gnupg" "$W/carol.new"
rm -f "$W/carol.new"/S.*
cp "$W/carol.signs/private-keys-v1.d"/* "$W/carol.new/private-keys-v1.d/"
new_as carol --import "$W/carol.before" || fail "carol's key as it was"
until_says 'carol: refused: the signing key is revoked'
asks carol || fail "carol's other key as well"

say "a whole key is revoked by hand"
sed 's/^:-----BEGIN/-----BEGIN/' "$W/alice/gnupg/openpgp-revocs.d/$(fpr_of alice).rev" > "$W/alice.rev"
asks alice || fail "alice is refused before"
into_roster "$W/alice.rev"
refused alice 'the signing key is revoked'
asks bob && asks carol || fail "others as well: $(ctl audit --last 3)"

! grep -q 'posternd: reloaded' "$W/posternd.log" || fail "somebody has reloaded"
[ "$(grep -c 'posternd: ready' "$W/posternd.log")" = 1 ] || fail "it was started again"
say ok
