#!/bin/bash
# enroll --batch: many people out of a folder or a file in one command; what
# cannot be is said for each, and the others are in; interrupted, it goes on.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace script
setup
person alice
server
listen 22
count=40
python3 "$srcdir/t/sys/people.py" "$W/people/gnupg" "$W/keys" "$W/list" $count || fail "people.py"
people () { GNUPGHOME=$W/people/gnupg gpg --batch --quiet "$@" 2>>"$W/gpg.log"; }
batch () { in_server postern-keys enroll --config "$ETC" "$@" > "$W/out" 2> "$W/err"; }
said () { grep -q -e "$1" "$W/err" || fail "'$1' is not said: $(cat "$W/err")"; }
files () { (ls "$ETC/users.d" 2>/dev/null | grep -c '\.conf$') || :; }
invites () { (ls "$W/invites" 2>/dev/null | grep -c '\.invite$') || :; }
known () { gpg --homedir "$ETC/state/muster" --batch --with-colons --list-keys 2>/dev/null; }
# A packet of version 5, as a subkey's.
v5_subkey () {
  python3 -c 'import sys
v5 = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(b"\xb8" + v5[1:2 + v5[1]])' "$srcdir/t/keys/v5-ed448.pgp"
}
again () {
  rm -rf "$W/invites" "$ETC"/users.d/*.conf
  gpg --homedir "$ETC/state/muster" --batch --yes --quiet --delete-keys \
    $(known | awk -F: '$1 == "pub" { n = 1 } $1 == "fpr" && n { print $10; n = 0 }') 2>>"$W/gpg.log" || :
}

# A list that is wrong anywhere is refused as a whole.
all="--batch $W/keys --invites $W/invites"
sed '7s/,ops/,Ops/' "$W/list" > "$W/wrong"
rc=0
batch $all --fprs "$W/wrong" || rc=$?
[ $rc = 65 ] || fail "exit $rc"
said "wrong:7: 'Ops' is not a valid name"
[ "$(files)/$(invites)" = 0/0 ] || fail "somebody is enrolled"
for words in "--batch $W/keys --fprs $W/list" "$all" "$all --fprs $W/list alice" \
  "$all --fprs $W/list --key $W/alice.pgp" "$all --fprs $W/list --door Main"; do
  rc=0
  batch $words || rc=$?
  [ $rc = 64 ] || fail "$words: exit $rc"
done
batch $all --fprs "$W/list" --door nosuch && fail "by a door that is not there"
said 'there is no door nosuch'
batch $all --fprs "$W/list" --expires 2020-01-01 && fail "until a time that is over"
[ "$(files)" = 0 ] || fail "somebody is enrolled"
say "a wrong list, or wrong words: nobody"

# All of them, in a running posternd; one of them asks.
start
batch $all --fprs "$W/list" --group extra || fail "batch: $(cat "$W/err")"
said "$count enrolled, 0 enrolled before, 0 failed"
[ "$(files)/$(invites)" = $count/$count ] || fail "$(files) files, $(invites) invites"
[ "$(stat -c %a "$W"/invites/* | sort -u)" = 600 ] || fail "modes"
grep -q "groups  = {'extra', 'ops'}" "$ETC/users.d/p0007.conf" || fail "$(cat "$ETC/users.d/p0007.conf")"
mkdir -m 700 "$W/people/config"
as people postern join "$W/invites/p0007.invite" --fpr "$SFPR" > "$W/out" 2>&1 || fail "join: $(cat "$W/out")"
as people postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
[ "$(ctl audit --json --last 500 | grep -c '"action": \?"enroll"')" = $count ] || fail "the audit has not $count rows"
ls -l --full-time "$ETC/users.d" "$W/invites" > "$W/before"
batch $all --fprs "$W/list" || fail "again: $(cat "$W/err")"
said "0 enrolled, $count enrolled before, 0 failed"
ls -l --full-time "$ETC/users.d" "$W/invites" | cmp -s - "$W/before" || fail "the second time something was written"
stop
again
say "all of them, and a second time nobody"

# What fails is said for each, and the others are in.
cp -a "$W/keys" "$W/mixed"
M=$W/mixed
rm "$M/p0001.pgp"
cp "$W/keys/p0003.pgp" "$M/p0002.pgp"
cat "$W/keys/p0004.pgp" "$W/keys/p0005.pgp" > "$M/p0004.pgp"
echo junk > "$M/p0005.pgp"
people --export-secret-keys p0006@example.org > "$M/p0006.pgp"
head -c 200 "$W/keys/p0008.pgp" > "$M/p0008.pgp"
cp "$W/keys/p0009.pgp" "$M/p0009.gpg"
people --armor --export p0010@example.org > "$M/p0010.asc"
rm "$M/p0010.pgp"
people --quick-set-expire "$(sed -n '11p' "$W/list" | cut -d, -f2)" seconds=1
until_ok sh -c "GNUPGHOME=$W/people/gnupg gpg --batch --with-colons --list-keys p0011 | grep -q '^pub:e:'" || fail "it does not expire"
people --export p0011@example.org > "$M/p0011.pgp"
head -c 100 /dev/zero | tr '\0' '\231' > "$M/p0012.pgp"
cp "$srcdir/t/keys/v5-ed448.pgp" "$M/p0013.pgp"
cp "$srcdir/t/keys/odd-signs.pgp" "$M/p0014.pgp"
v5_subkey >> "$M/p0016.pgp"
odd=$(people --with-colons --show-keys "$M/p0014.pgp" | awk -F: '$1 == "fpr" { print $10; exit }')
cp "$W/alice.pgp" "$M/stranger.pgp"
sed "\$a alice,$(fpr_of alice)" "$W/list" > "$W/list2"
sed "/^p0014,/s/,[0-9A-F]*,/,$odd,/" "$W/list2" > "$W/list3"
cp "$W/alice.pgp" "$M/alice.pgp"
enroll alice
rc=0
batch --batch "$M" --invites "$W/invites" --fprs "$W/list3" || rc=$?
[ $rc = 65 ] || fail "exit $rc"
said 'p0001: there is no key for this name'
said "p0002: the key is $(sed -n '3p' "$W/list" | cut -d, -f2), not the one in line 2"
said 'p0004: .*more than one key'
said 'p0005: .*no OpenPGP public key'
said 'p0006: .*secret key'
said 'p0008: '
said 'p0009: there is more than one file'
said 'p0011: the key has expired'
said 'p0012: '
said 'p0013: a version 5 key, of Ed448 .* ECC 448.*make a version 4 key of Ed25519'
said 'p0014: it signs by rsa2048 (only signs), which no server reads'
said 'p0016: a version 5 key, of Ed448'
said 'stranger.pgp: the list has no fingerprint'
said "$((count - 12)) enrolled, 1 enrolled before, 13 failed"
[ "$(files)/$(invites)" = $((count - 11))/$((count - 12)) ] || fail "$(files) files, $(invites) invites"
[ -e "$ETC/users.d/p0010.conf" ] || fail "an armoured key is none"
[ ! -e "$ETC/users.d/p0002.conf" ] || fail "another's key was taken"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "--check: $(cat "$W/out")"
# Put right, the same command does the rest.
for i in 1 2 4 5 6 8 9 12 13 14 16; do cp "$W/keys/p000$i.pgp" "$M/" 2>/dev/null || cp "$W/keys/p00$i.pgp" "$M/"; done
rm -f "$M/p0009.gpg" "$M/stranger.pgp"
batch --batch "$M" --invites "$W/invites" --fprs "$W/list2" && fail "p0011 has expired still"
said "11 enrolled, $((count - 11)) enrolled before, 1 failed"
say "what fails is said for each"

# One file with all keys, and others besides.
rm "$ETC/users.d/alice.conf"
again
cat "$W/alice.pgp" "$W"/keys/*.pgp > "$W/all.pgp"
tail -n 12 "$W/list" > "$W/few"
batch --batch "$W/all.pgp" --invites "$W/invites" --fprs "$W/few" || fail "one file: $(cat "$W/err")"
[ "$(files)/$(invites)" = 12/12 ] || fail "$(files) files, $(invites) invites"
in_server postern-keys list --config "$ETC" 2>/dev/null | grep -q p0001 && fail "p0001 is in no row"
[ "$(known | grep -c '^pub')" = 12 ] || fail "$(known | grep -c '^pub') keys for 12 people"
again
# Among them keys of other versions, and one with a part that no server reads.
{ cat "$W"/keys/p003[1-9].pgp "$W/keys/p0030.pgp"; v5_subkey
  cat "$srcdir/t/keys/v5-ed448.pgp" "$srcdir/t/keys/odd-beside.pgp"; } > "$W/mixed.pgp"
sed '/^p00\(29\|40\),/d' "$W/few" > "$W/few2"
printf 'late,%064d\nodd,%s,ops\n' 5 "$odd" >> "$W/few2"
batch --batch "$W/mixed.pgp" --invites "$W/invites" --fprs "$W/few2" && fail "a version 5 key is taken"
said 'p0030: a version 5 key, of Ed448'
said 'late: a key of version 5 .* or newer'
said 'odd: requests signed by its part .* (rsa2048 (only signs)) will be refused'
said '10 enrolled, 0 enrolled before, 2 failed'
again
batch --batch "$W/few" --invites "$W/invites" --fprs "$W/few" && fail "a list is no key"
said 'no OpenPGP public keys in it'
say "out of one file"

# Killed at some of its writes: whoever is in has an invite, and the same
# command goes on.
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 20 25 30; do
  again
  strace -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=$n \
    postern-keys enroll --config "$ETC" --batch "$W/keys" --invites "$W/invites" \
    --fprs "$W/few" > "$W/out" 2> "$W/err" && fail "it came to its end before fsync $n"
  in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "killed at $n, --check: $(cat "$W/out")"
  for file in "$ETC"/users.d/*.conf; do
    [ -e "$file" ] || continue
    [ -s "$W/invites/$(basename "$file" .conf).invite" ] || fail "killed at $n: $file, and no invite"
  done
  batch --batch "$W/keys" --invites "$W/invites" --fprs "$W/few" || [ $? = 65 ] || fail "killed at $n, and again: $(cat "$W/err")"
  [ "$(files)/$(invites)" = 12/12 ] || fail "killed at $n: $(files) files, $(invites) invites"
done
say "killed at many of its writes, it goes on"

# How far it is, on a terminal alone.
again
script -qec "postern-keys enroll --config $ETC --batch $W/keys --invites $W/invites --fprs $W/list" /dev/null \
  > "$W/out" < /dev/null 2>&1 || fail "on a terminal: $(cat "$W/out")"
grep -aq "enroll: 20 of $count: p0020" "$W/out" || fail "no progress: $(cat "$W/out")"
grep -q 'of' "$W/err" && fail "progress into a file: $(cat "$W/err")"
say "ok"
