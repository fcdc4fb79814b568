#!/bin/bash
# Who is not let in, and why: keys, names, fingerprints; and each time a near
# twin who is.  Two enrolments at once.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
server
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }

# key NAME ALGO USAGE EXPIRE [OPTIONS]: a key of carol's with a Cv25519
# subkey, in $W/NAME.pgp and $FPR.
mkdir -m 700 -p "$W/carol/gnupg"
key () {
  local name=$1 algo=$2 usage=$3 expire=$4
  shift 4
  gpg_as carol "$@" --quick-generate-key "$name@example.org" "$algo" "$usage" "$expire"
  FPR=$(fpr_in carol "$name@")
  gpg_as carol --quick-add-key "$FPR" cv25519 encrypt never
  gpg_as carol --export "$FPR" > "$W/$name.pgp"
}
fpr_in () {
  GNUPGHOME=$W/$1/gnupg gpg --batch --with-colons --list-keys "$2" \
    | awk -F: '$1 == "fpr" { print $10; exit }'
}

fpr_in_file () {
  gpg --homedir "$W" --batch --with-colons --show-keys "$1" 2>/dev/null \
    | awk -F: '$1 == "fpr" { print $10; exit }'
}

# refuse PATTERN NAME OPTIONS: enroll says so in one line and changes nothing.
ring () { sha256sum "$ETC/state/muster/pubring.kbx"; ls "$ETC/users.d"; }
refuse () {
  local pattern=$1 before rc=0
  shift
  before=$(ring)
  keys enroll "$@" > "$W/out" 2> "$W/err" < /dev/null || rc=$?
  [ $rc != 0 ] || fail "enrolled: $*"
  [ $rc != 70 ] || fail "exit code 70, as if it were a mistake of ours: $*"
  [ ! -s "$W/out" ] || fail "an invite for: $*"
  grep '^postern-keys: ' "$W/err" > "$W/lines" || :
  [ "$(wc -l < "$W/lines")" = 1 ] || fail "not one line: $(cat "$W/err")"
  grep -q "$pattern" "$W/lines" || fail "not '$pattern': $(cat "$W/lines")"
  [ "$(ring)" = "$before" ] || fail "something was changed: $*"
}
# take NAME OPTIONS: and out again.
take () {
  keys enroll "$@" > "$W/out" 2> "$W/err" || fail "$*: $(cat "$W/err")"
  [ -s "$W/out" ] || fail "no invite for: $*"
  keys revoke "$1" 2> "$W/err" || fail "revoke: $(cat "$W/err")"
}

# Keys.
key good ed25519 sign,cert never
GOOD=$FPR
take carol --key "$W/good.pgp" --fpr "$GOOD" --group ops

key weak rsa1024 sign,cert never
refuse 'weak: a part of it is rsa1024' carol --key "$W/weak.pgp" --fpr "$FPR"
key strong rsa2048 sign,cert never
take carol --key "$W/strong.pgp" --fpr "$FPR"
key dsa dsa2048 sign,cert never
refuse 'weak: a part of it is dsa2048' carol --key "$W/dsa.pgp" --fpr "$FPR"

# Version 5, as gpg 2.4 makes with the 448 curves, whatever gpg is here; a
# key of version 4 from the same gpg is taken.  And version 6, and a subkey of
# version 5.
V5='a version 5 key, of Ed448 .* ECC 448.*--full-gen-key.*make a version 4 key of Ed25519'
refuse "$V5" carol --key "$srcdir/t/keys/v5-ed448.pgp" --fpr "$GOOD"
gpg_as carol --enarmor < "$srcdir/t/keys/v5-ed448.pgp" \
  | sed 's/ARMORED FILE/PUBLIC KEY BLOCK/; /^Comment/d' > "$W/v5.asc"
refuse "$V5" carol --key "$W/v5.asc" --fpr "$GOOD"
python3 - "$srcdir/t/keys/v5-ed448.pgp" "$W/good.pgp" "$W/v6.pgp" "$W/v5sub.pgp" <<'PY'
import sys
v5, good = (bytearray(open(name, "rb").read()) for name in sys.argv[1:3])
assert v5[0] == 0x98 and v5[2] == 5     # A public key packet, one length byte.
open(sys.argv[4], "wb").write(bytes(good) + b"\xb8" + bytes(v5[1:2 + v5[1]]))
v5[2] = 6
open(sys.argv[3], "wb").write(v5)
PY
refuse 'newer than version 4.*make a version 4 key of Ed25519' carol --key "$W/v6.pgp" --fpr "$GOOD"
refuse "$V5" carol --key "$W/v5sub.pgp" --fpr "$GOOD"
refuse 'a key of version 5 .* or newer' carol --key "$(printf '%064d' 5)" --fpr "$GOOD"
keys enroll carol --key "$W/good.pgp" --fpr "$GOOD" --group ops > "$W/out" 2>/dev/null || fail "carol"
for file in "$srcdir/t/keys/v5-ed448.pgp" "$W/v5sub.pgp"; do
  refuse "$V5" --update carol --key "$file"
done
keys enroll --update carol --key "$W/good.pgp" 2> "$W/err" || fail "update: $(cat "$W/err")"
rc=0
keys replace carol --key "$W/v6.pgp" --fpr "$GOOD" > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 65 ] && grep -q 'newer than version 4' "$W/err" || fail "replace: $rc, $(cat "$W/err")"
keys revoke carol 2>/dev/null

# What the server's own reader does not know: as the primary key, as the only
# part that signs, and beside another that does.
refuse 'its primary key is rsa2048 (only signs), which no server reads' carol \
  --key "$srcdir/t/keys/odd-primary.pgp" --fpr "$(fpr_in_file "$srcdir/t/keys/odd-primary.pgp")"
FPR=$(fpr_in_file "$srcdir/t/keys/odd-signs.pgp")
refuse 'it signs by rsa2048 (only signs), which no server reads.*quick-add-key' carol \
  --key "$srcdir/t/keys/odd-signs.pgp" --fpr "$FPR"
take carol --key "$W/good.pgp" --fpr "$GOOD"
grep -q 'will be refused' "$W/err" && fail "a warning of a good key"
keys enroll carol --key "$srcdir/t/keys/odd-beside.pgp" --fpr "$FPR" > "$W/out" 2> "$W/err" || fail "beside: $(cat "$W/err")"
grep -q 'enroll carol: requests signed by its part [0-9A-F]\{40\} (rsa2048 (only signs)) will be refused' "$W/err" \
  || fail "no warning: $(cat "$W/err")"
keys enroll --update carol --key "$srcdir/t/keys/odd-beside.pgp" 2> "$W/err" || fail "update: $(cat "$W/err")"
grep -q 'requests signed by its part' "$W/err" || fail "no warning at the update: $(cat "$W/err")"
keys revoke carol 2>/dev/null
gpg_as carol --import "$srcdir/t/keys/alice-ocb.key"
gpg_as carol --export alice@example.org > "$W/ocb.pgp"
take carol --key "$W/ocb.pgp" --fpr "$(fpr_in carol alice@)"

# A weak subkey is as bad; revoked it is no matter.
key half ed25519 sign,cert never
gpg_as carol --quick-add-key "$FPR" rsa1024 sign never
gpg_as carol --export "$FPR" > "$W/half.pgp"
refuse 'weak' carol --key "$W/half.pgp" --fpr "$FPR"
printf 'key 2\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/carol/gnupg gpg --no-tty \
  --quiet --pinentry-mode loopback --passphrase '' --command-fd 0 --edit-key "$FPR" 2>>"$W/gpg.log"
gpg_as carol --export "$FPR" > "$W/half.pgp"
take carol --key "$W/half.pgp" --fpr "$FPR"

# Made and expired in the past; then its owner gives it more time.
key old ed25519 sign,cert 2020-02-01 --faked-system-time 20200101T000000
refuse 'has expired' carol --key "$W/old.pgp" --fpr "$FPR"
gpg_as carol --quick-set-expire "$FPR" 1y
gpg_as carol --export "$FPR" > "$W/old.pgp"
take carol --key "$W/old.pgp" --fpr "$FPR"

# Bound with SHA-1; then bound anew.
key sha1 rsa2048 sign,cert never --cert-digest-algo SHA1
refuse 'signatures use SHA-1' carol --key "$W/sha1.pgp" --fpr "$FPR"
gpg_as carol --quick-set-expire "$FPR" 2y
gpg_as carol --export "$FPR" > "$W/sha1.pgp"
take carol --key "$W/sha1.pgp" --fpr "$FPR"

# Revoked: gpg sees it, or (with SHA-1) does not.
revoke_own () {
  printf 'revkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/carol/gnupg gpg --no-tty \
    --quiet --pinentry-mode loopback --passphrase '' --command-fd 0 "$@" 2>>"$W/gpg.log"
}
key gone ed25519 sign,cert never
take carol --key "$W/gone.pgp" --fpr "$FPR"
revoke_own --edit-key "$FPR"
gpg_as carol --export "$FPR" > "$W/gone.pgp"
refuse 'the key is revoked' carol --key "$W/gone.pgp" --fpr "$FPR"
key gone1 rsa2048 sign,cert never
take carol --key "$W/gone1.pgp" --fpr "$FPR"
revoke_own --cert-digest-algo SHA1 --edit-key "$FPR"
gpg_as carol --export "$FPR" > "$W/gone1.pgp"
refuse 'revoked by a signature with SHA-1' carol --key "$W/gone1.pgp" --fpr "$FPR"

# What can only certify, or not encrypt.
key mute ed25519 cert never
refuse 'cannot sign' carol --key "$W/mute.pgp" --fpr "$FPR"
gpg_as carol --quick-add-key "$FPR" ed25519 sign never
gpg_as carol --export "$FPR" > "$W/mute.pgp"
take carol --key "$W/mute.pgp" --fpr "$FPR"
gpg_as carol --quick-generate-key open@example.org ed25519 sign,cert never
FPR=$(fpr_in carol open@)
gpg_as carol --export "$FPR" > "$W/open.pgp"
refuse 'cannot encrypt' carol --key "$W/open.pgp" --fpr "$FPR"

# What is no single public key.
gpg_as carol --export > "$W/many.pgp"
refuse 'more than one key' carol --key "$W/many.pgp" --fpr "$GOOD"
echo hello > "$W/text"
refuse 'no OpenPGP public key' carol --key "$W/text" --fpr "$GOOD"
: > "$W/empty"
refuse 'no OpenPGP public key' carol --key "$W/empty" --fpr "$GOOD"
refuse 'write it as wkd:' carol --key wkd:carol --fpr "$GOOD"
refuse 'give a file, a fingerprint' carol --key ftp://example.org --fpr "$GOOD"
refuse 'No such file' carol --key "$W/nowhere" --fpr "$GOOD"
gpg_as carol --export-secret-keys "$GOOD" > "$W/secret.pgp"
refuse 'public key' carol --key "$W/secret.pgp" --fpr "$GOOD"
# Armour does, in a letter too, and stdin.
{ printf 'Hello,\nhere is my key:\n\n'; gpg_as carol --armor --export "$GOOD"; echo Bye; } > "$W/letter"
take carol --key "$W/letter" --fpr "$GOOD"
keys enroll carol --key - --fpr "$GOOD" < "$W/letter" > "$W/out" 2> "$W/err" || fail "stdin: $(cat "$W/err")"
keys revoke carol 2>/dev/null

# Out of root's keyring.
mkdir -p -m 700 "$W/root/gnupg"
gpg_as root --import "$W/good.pgp"
in_server env GNUPGHOME="$W/root/gnupg" postern-keys enroll carol --config "$ETC" \
  --key "$GOOD" --fpr "$GOOD" > "$W/out" 2> "$W/err" || fail "by fingerprint: $(cat "$W/err")"
keys revoke carol 2>/dev/null
rc=0
in_server env GNUPGHOME="$W/root/gnupg" postern-keys enroll carol --config "$ETC" \
  --key "$(printf '%040d' 0)" --fpr "$GOOD" > "$W/out" 2> "$W/err" || rc=$?
[ $rc != 0 ] && grep -q 'not in your keyring' "$W/err" || fail "a key that is not there: $(cat "$W/err")"

# The fingerprint.
refuse 'not the fingerprint' carol --key "$W/good.pgp" --fpr "$FPR"
refuse 'not the fingerprint' carol --key "$W/good.pgp" --fpr "${GOOD%?}"
refuse 'no terminal' carol --key "$W/good.pgp"
take carol --key "$W/good.pgp" --fpr "$(echo "$GOOD" | sed 's/..../& /g' | tr A-F a-f)"
# On a terminal it is asked for: the answer is the whole of it.
ask () {
  printf '%s\n' "$1" | in_server script -qec "postern-keys enroll carol --config $ETC --key $W/good.pgp > $W/carol.invite" "$W/tty" > "$W/out" 2>&1
}
if command -v script >/dev/null; then
  ask n && fail "'n' enrolled"
  grep -q 'Is it the same' "$W/tty" || fail "nothing was asked: $(cat "$W/tty")"
  grep -q "ed25519" "$W/tty" && grep -q 'good@example.org' "$W/tty" || fail "not shown: $(cat "$W/tty")"
  keys show carol 2>/dev/null && fail "carol is enrolled all the same"
  ask y || fail "'y' did not enrol: $(cat "$W/tty")"
  keys show carol 2>/dev/null | grep -q "$GOOD" || fail "not enrolled"
  keys revoke carol 2>/dev/null
fi

# User IDs are the words of whoever made the key: they look like no other
# line, and push the fingerprint off no screen.
key spoof ed25519 sign never
gpg_as carol --quick-add-uid "$FPR" "carol$(printf '%61s' '')  fingerprint $(echo "$GOOD" | sed 's/..../& /g')"
for i in 1 2 3 4 5 6; do
  gpg_as carol --quick-add-uid "$FPR" "$i$(printf '%1900s' '')$(printf '\342\200\256')."
done
gpg_as carol --export "$FPR" > "$W/spoof.pgp"
keys enroll carol --key "$W/spoof.pgp" > "$W/out" 2> "$W/err" < /dev/null && fail "enrolled"
grep -q "^  fingerprint $(echo "$FPR" | cut -c1-4)" "$W/err" || fail "no fingerprint: $(cat "$W/err")"
sed '$d' "$W/err" > "$W/shown"
[ "$(wc -l < "$W/shown")" -lt 16 ] && [ "$(wc -L < "$W/shown")" -lt 80 ] || fail "too much is shown: $(cat "$W/err")"
grep -q 'and 4 more' "$W/shown" || fail "not counted: $(cat "$W/err")"
grep -q "$(printf '\342\200\256')" "$W/shown" && fail "the direction: $(cat -v "$W/shown")"

# Names and groups.
for name in '../carol' 'Carol' 'ca rol' '' '.carol' '-carol' "ca'rol" 'carol/x' \
            "$(printf 'c%.0s' $(seq 40))"; do
  refuse 'not a valid user name' --key "$W/good.pgp" --fpr "$GOOD" -- "$name"
done
for group in '../ops' 'Ops' "o'ps" '' 'o{ps'; do
  refuse 'not a valid group name' carol --key "$W/good.pgp" --fpr "$GOOD" --group "$group"
done
refuse 'repeated' carol --key "$W/good.pgp" --fpr "$GOOD" --group ops --group ops
take carol.b-2_c --key "$W/good.pgp" --fpr "$GOOD" --group ops --group o.p-s_2
refuse 'door' carol --key "$W/good.pgp" --fpr "$GOOD" --door back
take carol --key "$W/good.pgp" --fpr "$GOOD" --door main
refuse 'expires' carol --key "$W/good.pgp" --fpr "$GOOD" --expires 2027-13-01
refuse 'is in the past' carol --key "$W/good.pgp" --fpr "$GOOD" --expires 2020-01-01
take carol --key "$W/good.pgp" --fpr "$GOOD" --expires 2099-01-01
GNUPGHOME=$ETC/state/root gpg --batch --quiet --export "$SFPR" > "$W/own.pgp"
refuse "this server's own" carol --key "$W/own.pgp" --fpr "$SFPR"

# Somebody else's, or another's name.
keys enroll carol --key "$W/good.pgp" --fpr "$GOOD" --group ops > "$W/out" 2>/dev/null || fail "carol"
key other ed25519 sign,cert never
refuse 'belongs to somebody else' bob --key "$W/good.pgp" --fpr "$GOOD"
refuse 'enrolled already' carol --key "$W/other.pgp" --fpr "$FPR"
refuse 'enrolled already' carol --key "$W/good.pgp" --fpr "$GOOD" --group dev
# The very same once more is no error: it may have been interrupted.
keys enroll carol --key "$W/good.pgp" --fpr "$GOOD" --group ops > "$W/out" 2>/dev/null || fail "again"
[ -s "$W/out" ] || fail "no invite at the second time"

# Nothing but the person's own signatures comes in.
person alice
gpg_as alice --import "$W/good.pgp"
gpg_as alice --quick-sign-key "$GOOD" >/dev/null
gpg_as alice --export "$GOOD" > "$W/signed.pgp"
[ "$(gpg --homedir "$W" --list-packets "$W/signed.pgp" | grep -c '^:signature')" = 3 ] || fail "not signed"
keys enroll --update carol --key "$W/signed.pgp" 2> "$W/err" || fail "update: $(cat "$W/err")"
[ "$(keys export carol 2>/dev/null | gpg --homedir "$W" --list-packets | grep -c '^:signature')" = 2 ] \
  || fail "others' signatures came in"
grep -q 'nothing in it is new' "$W/err" || fail "what was new? $(cat "$W/err")"
keys revoke carol 2>/dev/null
say "refusals have their reason, and near twins pass"

# Two at once: one waits for the other, and both are in.
n=0
while [ $n != 5 ]; do
  n=$((n + 1))
  gpg_as carol --quick-generate-key "p$n@example.org" future-default default never
  gpg_as carol --export "p$n@example.org" > "$W/p$n.pgp"
done
pids=
for n in 1 2 3 4 5; do
  keys enroll p$n --key "$W/p$n.pgp" --fpr "$(fpr_in carol p$n@)" > "$W/p$n.invite" 2>"$W/p$n.log" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid" || fail "one of five: $(cat "$W"/p?.log)"; done
[ "$(keys list 2>/dev/null | grep -c '^p[1-5] .*never')" = 5 ] || fail "not all are in: $(keys list)"
# And the same name twice at once: one of them is told so.
key twin ed25519 sign,cert never
keys enroll twin --key "$W/good.pgp" --fpr "$GOOD" > "$W/t1" 2>"$W/t1.log" &
one=$!
keys enroll twin --key "$W/twin.pgp" --fpr "$FPR" > "$W/t2" 2>"$W/t2.log" &
two=$!
rc1=0 rc2=0
wait $one || rc1=$?
wait $two || rc2=$?
[ "$rc1$rc2" = 073 ] || [ "$rc1$rc2" = 730 ] || fail "exit codes $rc1 and $rc2"
cat "$W/t1.log" "$W/t2.log" | grep -q 'enrolled already' || fail "not said"
[ "$(keys list 2>/dev/null | grep -c '^twin ')" = 1 ] || fail "not one twin"
[ -z "$(keys check 2>/dev/null | grep -v '^clock:\|no rule and no command is for\|^rule ')" ] || fail "check: $(keys check)"
say "ok"
