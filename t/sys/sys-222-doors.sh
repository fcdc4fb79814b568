#!/bin/bash
# Doors: after a rotation both keys open until the grace is over, and then
# the new one alone; a person tied to a door comes by no other.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
listen 22
door () { in_server postern-keys door "$@" --config "$ETC" > "$W/door.out" 2> "$W/door.err"; }
said () { grep -q "$1" "$W/door.err" || fail "'$1' is not said: $(cat "$W/door.err")"; }
# listed NAME FIELD: of door list --json.
listed () { in_server postern-keys door list --json --config "$ETC" | python3 -c '
import json, sys
print([d for d in json.load(sys.stdin) if d["name"] == sys.argv[1]][0][sys.argv[2]])' "$1" "$2"; }
opens () {
  as "$1" postern open web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
}
is_counted () { [ "$(counted "$1")" -ge "$2" ]; }

enroll alice
door add guests || fail "door add: $(cat "$W/door.err")"
enroll bob --door guests
start
is_shut $S4 22
opens alice
opens bob

# By another door than one's own: the same request, sealed anew.
seal_as () { # seal_as PERSON OWN-KEY OTHER-KEY
  as "$1" postern seal open web1 --source observed -o "$W/own" || fail "seal"
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/$2" < "$W/own" > "$W/message"
  "$POSTERN_BIN/t/sys/tool-seal" wrap "$ETC/doors/$3" < "$W/message" > "$W/other"
}
seal_as bob guests.key main.key
send "$W/other"
audited '"refused".*"reason": ?"came through a door that is not'
is_shut $S4 22
seal_as bob guests.key guests.key
send "$W/other"
until_ok connects $S4 22 || fail "the near twin does not open"
ctl close --all > /dev/null
# Who is tied to none comes by any.
seal_as alice main.key guests.key
send "$W/other"
until_ok connects $S4 22 || fail "alice is tied to a door"
ctl close --all > /dev/null
say "tied to a door: no other lets one in"

# What is listed.
[ "$(listed main people)/$(listed guests people)" = 1/1 ] || fail "people"
[ "$(listed guests tied)" = "['bob']" ] || fail "tied: $(listed guests tied)"
has_passed () { [ "$(listed main passed)" -ge "$1" ]; }  # Told once a second.
until_ok has_passed 2 && [ "$(listed main by-previous-key)" = 0 ] \
  || fail "packets: $(in_server postern-keys door list --config "$ETC")"

# The rotation, in a posternd that runs.
cp -a "$ETC/doors/main.key" "$W/first.key"
door rotate main --grace 1h || fail "rotate: $(cat "$W/door.err")"
said 'invite --all'
cmp -s "$ETC/doors/main.key" "$W/first.key" && fail "the key is the same"
opens alice
grep -q 'your door key ends on' "$W/out" || fail "not told: $(cat "$W/out")"
ctl audit --json --last 3 | grep -q 'previous key of the door' || fail "not in the audit"
until_ok sh -c "[ \"\$(ip netns exec $SERVER postern-keys door list --json --config $ETC \
  | grep -c '\"by-previous-key\": 1')\" = 1 ]" || fail "not counted"
door rotate main && fail "a second rotation within the grace"
said 'works until'
# The one that did not join: open until the end, and then refused.
cp -a "$W/alice" "$W/old-alice"
as_old () { in_client env GNUPGHOME="$W/alice/gnupg" HOME="$W/old-alice" \
  XDG_CONFIG_HOME="$W/old-alice/config" "$@"; }
as_old postern open web1 > "$W/out" 2>&1 || fail "within the grace: $(cat "$W/out")"
ctl close --all > /dev/null
# alice joins by her fresh invite; carol is new; bob's door is another.
in_server postern-keys invite --all "$W/invites" --config "$ETC" 2>"$W/door.err" \
  || fail "invite --all: $(cat "$W/door.err")"
as alice postern join "$W/invites/alice.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 \
  || fail "join after the rotation"
opens alice
grep -q 'door key ends' "$W/out" && fail "told of an end that is past"
enroll carol
opens carol
opens bob
# The end comes nearer, by hand.
ends=$(($(date +%s) + 3))
sed -i "s/^[0-9]*/$ends/" "$ETC/doors/main.previous"
reload_all
[ "$(listed main previous-ends)" = $ends ] || fail "ends: $(cat "$ETC/doors/main.previous")"
is_past () { [ "$(date +%s)" -gt "$ends" ]; }
until_ok is_past
before=$(counted 'sealed with a door key that has ended')
as_old postern seal open web1 --source observed -o "$W/late" || fail "seal"
send "$W/late"
until_ok is_counted 'sealed with a door key that has ended' $((before + 1)) || fail "not refused for its end"
is_shut $S4 22
in_server posternctl --config "$ETC" explain "$W/late" > "$W/out" 2>&1 || :
grep -q 'seal.*sealed with a door key that has ended' "$W/out" || fail "explain: $(cat "$W/out")"
# The near twin: the same message under the key of now.
"$POSTERN_BIN/t/sys/tool-seal" unwrap "$W/first.key" < "$W/late" > "$W/message"
"$POSTERN_BIN/t/sys/tool-seal" wrap "$ETC/doors/main.key" < "$W/message" > "$W/other"
send "$W/other"
until_ok connects $S4 22 || fail "the near twin does not open"
ctl close --all > /dev/null
say "rotated: both keys until the end, then one"

# At once, where a key is in wrong hands.
door rotate guests --grace 0s || fail "rotate: $(cat "$W/door.err")"
[ ! -e "$ETC/doors/guests.previous" ] || fail "a previous key is there"
as bob postern open web1 --timeout 2 > "$W/out" 2>&1 && fail "bob's old key opens"
in_server postern-keys invite bob --config "$ETC" > "$W/bob.invite" || fail "invite"
as bob postern join "$W/bob.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "join"
opens bob
door rotate main || fail "rotate after the grace: $(cat "$W/door.err")"
door rotate main --grace 0s || fail "cut off within the grace: $(cat "$W/door.err")"
say "cut off at once"

# Who would be shut out is no surprise.
door remove guests && fail "a door that bob is tied to"
said 'bob'
door remove main && fail "the door of all who are tied to none"
said '2 people are tied to no door'
door remove nosuch && fail "a door that is not there"
said 'no such door'
door add main && fail "main twice"
said 'exists already'
for i in 3 4 5 6 7 8; do door add d$i || fail "add d$i: $(cat "$W/door.err")"; done
door add d9 && fail "a ninth door"
said 'there are 8 doors'
for i in 3 4 5 6 7 8; do door rotate d$i || fail "rotate d$i"; done
door rotate main && door rotate guests || fail "rotate all"
opens bob                       # By the previous one, out of 16 keys.
door remove d3 || fail "remove: $(cat "$W/door.err")"
[ -z "$(find "$ETC/doors" -name 'd3.*')" ] || fail "left: $(ls "$ETC/doors")"
opens bob
door remove main --force || fail "--force: $(cat "$W/door.err")"
as alice postern open web1 --timeout 2 > "$W/out" 2>&1 && fail "main is gone"
in_server postern-keys invite alice --config "$ETC" > "$W/alice.invite" || fail "invite"
as alice postern join "$W/alice.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "join"
opens alice
say "removed only where nobody is surprised"

# A section of posternd.conf is the administrator's.
door remove d8 || fail "remove: $(cat "$W/door.err")"
door add main || fail "main again: $(cat "$W/door.err")"
printf '\ndoor old {\n}\n' >> "$ETC/posternd.conf"
head -c 32 /dev/urandom | base64 -w 0 > "$ETC/doors/old.key"
echo >> "$ETC/doors/old.key"
chmod 600 "$ETC/doors/old.key"
[ "$(listed old file)" = posternd.conf ] || fail "$(listed old file)"
cp "$ETC/posternd.conf" "$W/conf"
door rotate old || fail "rotate a door of posternd.conf: $(cat "$W/door.err")"
door remove old && fail "remove a door of posternd.conf"
said 'remove its section'
cmp -s "$W/conf" "$ETC/posternd.conf" || fail "posternd.conf was changed"
sed -i '/^door old/,$d' "$ETC/posternd.conf"
door remove old || fail "what is left of it: $(cat "$W/door.err")"
[ -z "$(find "$ETC/doors" -name 'old.*')" ] || fail "left: $(ls "$ETC/doors")"
say "ok"
