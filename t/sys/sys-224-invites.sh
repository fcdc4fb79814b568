#!/bin/bash
# Invites for everybody, and invites that an administrator signs too.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
enroll alice
enroll bob
keys () { in_server env GNUPGHOME="$W/carol/gnupg" postern-keys "$@" --config "$ETC" 2> "$W/err"; }
join () { as "$1" postern join "$2" --fpr "$SFPR" > "$W/out" 2>&1; }
# As one who has never joined it.
join_new () {
  rm -rf "$W/$1/config/postern"
  join "$@"
}

# One file a person, readable by root alone; a second time newer ones.
keys invite --all "$W/invites" || fail "invite --all: $(cat "$W/err")"
[ "$(ls "$W/invites")" = "alice.invite
bob.invite" ] || fail "$(ls "$W/invites")"
[ "$(stat -c %a "$W"/invites/* "$W/invites" | sort -u | tr '\n' ' ')" = "600 700 " ] || fail "modes"
cp -a "$W/invites" "$W/older"
keys invite --all "$W/invites" || fail "again: $(cat "$W/err")"
for who in alice bob; do
  join $who "$W/invites/$who.invite" || fail "$who cannot join: $(cat "$W/out")"
  join $who "$W/older/$who.invite" && fail "an older invite is taken"
  grep -q 'older' "$W/out" || fail "$(cat "$W/out")"
done
join alice "$W/invites/bob.invite" && fail "bob's invite for alice"
say "one for everybody"

# For whom it fails: named in the end, and the others have theirs.
rm -rf "$W/invites"
GNUPGHOME=$W/bob/gnupg gpg --batch --quiet --quick-set-expire "$(fpr_of bob)" seconds=1 2>>"$W/gpg.log"
GNUPGHOME=$W/bob/gnupg gpg --batch --export bob > "$W/bob2.pgp"
in_server gpg --homedir "$ETC/state/muster" --batch --import "$W/bob2.pgp" 2>>"$W/gpg.log"
until_ok sh -c "gpg --homedir $ETC/state/muster --batch --with-colons --list-keys bob | grep -q '^pub:e:'" || fail "bob's key does not expire"
rc=0
keys invite --all "$W/invites" || rc=$?
[ $rc = 65 ] || fail "exit $rc"
grep -q 'invite bob: .*expired' "$W/err" || fail "$(cat "$W/err")"
[ "$(ls "$W/invites")" = alice.invite ] || fail "$(ls "$W/invites")"
# Whose time is over gets none, and that is no failure.
sed -i "s/^}/  expires = '2020-01-01'\n}/" "$ETC/users.d/bob.conf"
keys invite --all "$W/invites" || fail "with an expired person: $(cat "$W/err")"
say "who gets none is said"

# By carol, whose key alice's keyring does not have, and then has.
keys invite alice --by "$(fpr_of carol)" > "$W/by.invite" || fail "--by: $(cat "$W/err")"
join_new alice "$W/by.invite" || fail "join: $(cat "$W/out")"
grep -q 'invited by' "$W/out" && grep -q 'not in your keyring' "$W/out" || fail "$(cat "$W/out")"
gpg_as alice --import "$W/carol.pgp"
join_new alice "$W/by.invite" || fail "join: $(cat "$W/out")"
grep -q 'carol <carol@example.org>, says your keyring' "$W/out" || fail "$(cat "$W/out")"
keys invite alice > "$W/plain.invite" || fail "invite"
join_new alice "$W/plain.invite" || fail "join: $(cat "$W/out")"
grep -q 'invited by' "$W/out" && fail "signed by nobody else: $(cat "$W/out")"
# Altered by one bit, anywhere behind the session key.
size=$(stat -c %s "$W/by.invite")
for at in 120 $((size / 2)) $((size - 10)); do
  python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read()); d[int(sys.argv[2])] ^= 1
open(sys.argv[3], "wb").write(d)' "$W/by.invite" $at "$W/bad.invite"
  join_new alice "$W/bad.invite" && fail "altered at $at, and taken"
done
# Once carol's key is revoked, and alice's keyring knows.
printf 'y\n0\n\ny\n' | GNUPGHOME=$W/carol/gnupg gpg --no-tty --command-fd 0 \
  --pinentry-mode loopback --passphrase '' --gen-revoke "$(fpr_of carol)" > "$W/revocation" 2>>"$W/gpg.log"
gpg_as alice --import "$W/revocation"
join_new alice "$W/by.invite" && fail "signed by a revoked key"
grep -q 'revoked' "$W/out" || fail "$(cat "$W/out")"
say "an administrator signs too"

# Who cannot.
refused () {
  keys invite alice --by "$1" > "$W/x" && fail "--by $1"
  grep -q "$2" "$W/err" || fail "not '$2': $(cat "$W/err")"
  [ ! -s "$W/x" ] || fail "something was written"
}
refused "$SFPR" 'no secret key'
refused "$(fpr_of alice)" 'no secret key'
refused "$(GNUPGHOME=$W/carol/gnupg gpg --batch --with-colons --list-keys carol \
  | awk -F: '$1 == "fpr" && ++n == 2 { print $10 }')" "give the primary key's"
refused CAROL 'full fingerprint'
gpg_as carol --import "$W/revocation"
refused "$(fpr_of carol)" 'revoked'
# Enrolment by one of them, who cannot: nobody is enrolled.
keys enroll bob2 --key "$W/alice.pgp" --fpr "$(fpr_of alice)" --by "$(fpr_of carol)" > "$W/x" \
  && fail "enrolled by a revoked key"
[ ! -e "$ETC/users.d/bob2.conf" ] || fail "half enrolled"
say "ok"
