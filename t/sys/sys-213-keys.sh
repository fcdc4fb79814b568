#!/bin/bash
# A person's key changes: expiry passes and is extended, subkeys come and are
# revoked, another primary key takes over; name and history stay.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
sed -i "s|^  max-time.*|  max-time = '10m'|" "$ETC/access.conf"
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
listen 22
enroll alice
enroll bob
start
ALICE=$(fpr_of alice) CAROL=$(fpr_of carol)
opens () { as "$1" postern open web1 tcp/22 --for 5m > "$W/out" 2>&1 || fail "$2: $(cat "$W/out")"; is_open $S4 22; ctl close --user "$3" >/dev/null; is_shut $S4 22; }
refused () {
  as "$1" postern open web1 tcp/22 --timeout 2s > "$W/out" 2>&1 && fail "$2: opened"
  audited "$3"
  is_shut $S4 22
}
opens alice "at first" alice

# alice works on her keys at another place than where she signs requests.
cp -a "$W/alice" "$W/desk"
desk () { gpg_as desk "$@"; }
update () {
  desk --export "$ALICE" > "$W/new.pgp"
  keys enroll --update alice --key "$W/new.pgp" "$@" > "$W/out" 2> "$W/err" || fail "update: $(cat "$W/err")"
  [ ! -s "$W/out" ] || fail "update wrote to stdout"
}
state () { keys list --json 2>/dev/null | python3 -c '
import json, sys
print([p["state"] for p in json.load(sys.stdin) if p["user"] == "alice"][0])'; }

# Expiry passes with no restart; a later one opens again.
desk --quick-set-expire "$ALICE" seconds=1
update
grep -q 'expires .*, not never' "$W/err" || fail "what changed? $(cat "$W/err")"
is_expired () { [ "$(state)" = expired ]; }
until_ok is_expired || fail "not expired: $(state)"
refused alice "expired" 'the signing key has expired'
desk --quick-set-expire "$ALICE" 1y
update --fpr "$ALICE"
[ "$(state)" = good ] || fail "not extended"
opens alice "extended" alice
# An older copy takes nothing back.
gpg_as alice --export "$ALICE" > "$W/older.pgp"
keys enroll --update alice --key "$W/older.pgp" 2> "$W/err" || fail "older: $(cat "$W/err")"
[ "$(state)" = good ] || fail "an older copy counts"
ctl audit --json --user alice --result event | grep -q "the person's key was updated" || fail "no audit row"
say "expired, extended"

# New subkeys: two that sign.  The newest is what gpg takes.
desk --quick-add-key "$ALICE" ed25519 sign never
second=$(date +%s)
is_later () { [ "$(date +%s)" -gt "$second" ]; }
until_ok is_later
desk --quick-add-key "$ALICE" ed25519 sign never
sub () { GNUPGHOME=$W/desk/gnupg gpg --batch --with-colons --list-keys "$ALICE" | awk -F: -v n="$1" '$1 == "fpr" && ++i == n { print $10 }'; }
rm -rf "$W/alice/gnupg"
gpgconf --homedir "$W/desk/gnupg" --kill all
cp -a "$W/desk/gnupg" "$W/alice/gnupg"
rm -f "$W"/alice/gnupg/S.*
refused alice "a subkey that the server does not know" 'signed by an unknown key'
update
[ "$(grep -c 'is new (ed25519, signs)' "$W/err")" = 2 ] || fail "what is new? $(cat "$W/err")"
opens alice "new subkeys" alice
# sign_with SUBKEY: a request that this one signs.
server_key
sign_with () {
  text_of_request > "$W/t"
  rm -f "$W/blob" "$W/m"
  gpg_as alice --no-options --compress-algo none -u "$1!" -s -o "$W/blob" "$W/t"
  gpg_as alice --no-options --no-literal --compress-algo none -f "$W/server.pgp" -e -o "$W/m" "$W/blob"
  send_message "$W/m"
}
THIRD=$(sub 3) FOURTH=$(sub 4)
sign_with "$THIRD"
until_ok connects $S4 22 || fail "the third key does not open"
ctl close --all >/dev/null
sign_with "$FOURTH"
until_ok connects $S4 22 || fail "the fourth key does not open"
ctl close --all >/dev/null

# A revocation of that subkey alone.
printf 'key 3\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/desk/gnupg gpg --no-tty --quiet \
  --pinentry-mode loopback --passphrase '' --command-fd 0 --edit-key "$ALICE" >/dev/null 2>>"$W/gpg.log"
update
grep -q "$FOURTH is revoked" "$W/err" || fail "what changed? $(cat "$W/err")"
sign_with "$FOURTH"
audited 'the signing key is revoked'
is_shut $S4 22
sign_with "$THIRD"
until_ok connects $S4 22 || fail "the near twin does not open"
ctl close --all >/dev/null
say "new subkeys, and one revoked"

# Another key is no update, and a weak subkey does not come in.
keys enroll --update alice --key "$W/bob.pgp" 2> "$W/err" && fail "bob's key as alice's"
grep -q 'is not the key' "$W/err" || fail "$(cat "$W/err")"
keys enroll --update alice --key "$W/new.pgp" --fpr "$CAROL" 2> "$W/err" && fail "another fingerprint"
grep -q 'not the fingerprint' "$W/err" || fail "$(cat "$W/err")"
keys enroll --update carol --key "$W/carol.pgp" 2> "$W/err" && fail "nobody is updated"
grep -q 'nobody of this name' "$W/err" || fail "$(cat "$W/err")"
cp -a "$W/desk" "$W/weak"
gpg_as weak --quick-add-key "$ALICE" rsa1024 sign never
gpg_as weak --export "$ALICE" > "$W/weak.pgp"
keys enroll --update alice --key "$W/weak.pgp" 2> "$W/err" && fail "a weak subkey came in"
grep -q 'weak' "$W/err" || fail "$(cat "$W/err")"
# What she revoked she no longer signs with, whichever subkey is the newest.
gpg_as alice --import "$W/new.pgp"
opens alice "after refusals" alice

# Another primary key: her file keeps what stands in it, her name its history.
sed -i "s|^user alice {|# The night shift.\n&\n  logins = {'a.smith'}|" "$ETC/users.d/alice.conf"
ctl reload >/dev/null
as alice postern open web1 tcp/22 --for 5m > "$W/out" 2>&1 || fail "$(cat "$W/out")"
is_open $S4 22
keys replace alice --key "$W/bob.pgp" --fpr "$(fpr_of bob)" 2> "$W/err" >"$W/inv" && fail "bob's key for alice"
grep -q "belongs to somebody else" "$W/err" || fail "$(cat "$W/err")"
keys replace alice --key "$W/carol.pgp" --fpr "$ALICE" 2> "$W/err" >"$W/inv" && fail "another fingerprint"
keys replace carol --key "$W/carol.pgp" --fpr "$CAROL" 2> "$W/err" >"$W/inv" && fail "nobody is replaced"
grep -q "nobody of this name" "$W/err" || fail "$(cat "$W/err")"
is_open $S4 22
keys replace alice --key "$W/carol.pgp" --fpr "$CAROL" > "$W/new.invite" 2> "$W/err" || fail "replace: $(cat "$W/err")"
is_shut $S4 22
sed "s/$CAROL/$ALICE/" "$ETC/users.d/alice.conf" | grep -q 'night shift' || fail "the file lost its comment"
[ "$(sed "s/$CAROL/$ALICE/" "$ETC/users.d/alice.conf" | wc -l)" = 7 ] || fail "$(cat "$ETC/users.d/alice.conf")"
keys show alice --json 2>/dev/null | python3 -c '
import json, sys
p = json.load(sys.stdin)
assert p["key"] == sys.argv[1] and p["groups"] == ["ops"] and p["logins"] == ["a.smith"], p
assert p["last"]["result"] == "done", p' "$CAROL" || fail "$(keys show alice)"
refused alice "the old key" 'signed by an unknown key'
keys export | gpg --homedir "$W" --show-keys --with-colons 2>/dev/null | grep -q "$ALICE" && fail "the old key is in the roster's home"
as carol postern join "$W/new.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "the new invite"
opens carol "the new key" alice
ctl audit --json --user alice --result done > "$W/rows"
grep -q "$ALICE" "$W/rows" && grep -q "$CAROL" "$W/rows" || fail "not one history: $(cat "$W/rows")"
ctl audit --json --user alice --result event | grep -q "the person's key was replaced" || fail "no audit row"
opens bob "bob all the while" bob

# A key that its owner has revoked: brought in, it counts at once.
printf 'revkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/bob/gnupg gpg --no-tty --quiet \
  --pinentry-mode loopback --passphrase '' --command-fd 0 --edit-key "$(fpr_of bob)" >/dev/null 2>>"$W/gpg.log"
gpg_as bob --export "$(fpr_of bob)" > "$W/revoked.pgp"
keys enroll --update bob --key "$W/revoked.pgp" 2> "$W/err" || fail "update: $(cat "$W/err")"
grep -q 'the key of bob is revoked: their requests are refused' "$W/err" || fail "$(cat "$W/err")"
keys check 2>/dev/null > "$W/out" && fail "nothing to say about bob"
grep -q '^user bob: the key .* is revoked' "$W/out" || fail "check: $(cat "$W/out")"
say "ok"
