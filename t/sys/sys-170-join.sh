#!/bin/bash
# The way in: enrolling and joining with a fingerprint that is compared,
# invites that are refused, and files that others cannot read.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need setsid
setup
person alice
person bob
server

# shows FINGERPRINT: it stands in $W/err, in groups as a person reads it.
shows () { tr -d ' \r\n' < "$W/err" | grep -q "$1" || fail "$1 is not shown: $(cat "$W/err")"; }
enrol () {
  in_server postern-keys enroll "$@" --config "$ETC" --key "$W/alice.pgp" --group ops \
    > "$W/invite" 2>"$W/err"
}
enrol_asked () {
  answering "$1" in_server -- sh -c 'exec "$@" > "$0"' "$W/invite" postern-keys enroll alice \
    --config "$ETC" --key "$W/alice.pgp" --group ops > "$W/err"
}
is_nobody () { ! ls "$ETC/users.d" | grep -q . || fail "$1: $(ls "$ETC/users.d")"; }

# Another fingerprint, an answer that is not yes, nobody to ask: nobody is
# enrolled, and no invite is made.
enrol alice --fpr "$(fpr_of bob)" && fail "another fingerprint"
[ ! -s "$W/invite" ] || fail "an invite for another fingerprint"
is_nobody "another fingerprint"
enrol_asked n && fail "no is no answer"
shows "$(fpr_of alice)"
is_nobody "no"
setsid ip netns exec "$SERVER" postern-keys enroll alice --config "$ETC" \
  --key "$W/alice.pgp" --group ops > "$W/invite" 2>"$W/err" < /dev/null && fail "nobody was asked"
[ "$(grep -c '^postern-keys:' "$W/err")" = 1 ] || fail "$(cat "$W/err")"
is_nobody "nobody to ask"
enrol_asked "$(fpr_of bob)" && fail "another fingerprint is typed"
is_nobody "another fingerprint, typed"
enrol_asked "$(fpr_of alice | tr A-F a-f | sed 's/..../& /g')" || fail "typed: $(cat "$W/err")"
enrol_asked Y || fail "yes: $(cat "$W/err")"
[ -s "$W/invite" ] && ls "$ETC/users.d" | grep -q '^alice.conf$' || fail "not enrolled"
cp "$W/invite" "$W/first"
say "enrolling: only with the fingerprint that was compared"

# The invite is alice's alone, comes from that server alone, and whole.
join () { local who=$1; shift; as "$who" postern join "$@" > "$W/out" 2>"$W/err"; }
no_hosts () { [ -z "$(as "$1" postern hosts 2>/dev/null | grep web1)" ] || fail "$2: joined"; }
join bob "$W/first" --fpr "$SFPR" && fail "bob takes alice's invite"
grep -q "for another person" "$W/err" || fail "$(cat "$W/err")"
no_hosts bob "alice's invite"
rc=0
join alice "$W/first" --fpr "$(fpr_of bob)" || rc=$?
[ $rc = 77 ] || fail "another server's fingerprint: exit $rc: $(cat "$W/err")"
no_hosts alice "another server's fingerprint"
python3 - "$W/first" > "$W/changed" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-40] ^= 1
sys.stdout.buffer.write(data)
PY
join alice "$W/changed" --fpr "$SFPR" && fail "a changed invite"
no_hosts alice "a changed invite"
join alice "$W/alice.pgp" --fpr "$SFPR" && fail "no invite at all"
answering n as alice -- postern join "$W/first" > "$W/err" && fail "no is no answer"
shows "$SFPR"
no_hosts alice "no"
answering y as alice -- postern join "$W/first" > "$W/err" || fail "yes: $(cat "$W/err")"
as alice postern hosts | grep -q web1 || fail "not joined: $(cat "$W/err")"
say "joining: only with the fingerprint that was compared"

# A newer invite is taken, an older one is not any more.
in_server postern-keys invite alice --config "$ETC" > "$W/second" 2>"$W/err" || fail "invite: $(cat "$W/err")"
join alice "$W/second" --fpr "$SFPR" || fail "a newer invite: $(cat "$W/err")"
join alice "$W/first" --fpr "$SFPR" && fail "an older invite"
grep -qi "older\|newer" "$W/err" || fail "$(cat "$W/err")"
say "an older invite: refused"

# What is secret nobody else can read.
for file in "$ETC/doors/main.key" "$W/alice/config/postern/doors/"*; do
  [ "$(stat -c %a "$file")" = 600 ] || fail "$file: $(stat -c %a "$file")"
done
[ "$(stat -c %a "$ETC/doors" "$ETC/state/root" "$ETC/state/agent" "$W/alice/config/postern" | sort -u)" = 700 ] \
  || fail "folders: $(stat -c '%a %n' "$ETC/doors" "$ETC"/state/* "$W/alice/config/postern")"
[ -z "$(find "$ETC" -perm /022 ! -type l)" ] || fail "others may write: $(find "$ETC" -perm /022 ! -type l)"
# And what others can read or write is not taken.
listen 22
for change in "644 $ETC/doors/main.key" "666 $ETC/access.conf" "622 $ETC/posternd.conf"; do
  file=${change#* }
  mode=$(stat -c %a "$file")
  chmod "${change% *}" "$file"
  rc=0
  in_server posternd --check --config "$ETC" > "$W/out" 2>"$W/err" || rc=$?
  [ $rc = 78 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q "$file" "$W/err" \
    || fail "$change: exit $rc: $(cat "$W/err")"
  chmod "$mode" "$file"
done
chmod 644 "$W/alice/config/postern/doors/"*
as alice postern open web1 > "$W/out" 2>"$W/err" && fail "a door key that others can read"
chmod 600 "$W/alice/config/postern/doors/"*
start
as alice postern open web1 > "$W/out" 2>"$W/err" || fail "as before: $(cat "$W/err")"
is_open $S4 22
say "modes"
say "ok"
