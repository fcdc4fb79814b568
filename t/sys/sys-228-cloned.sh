#!/bin/bash
# A machine that is copied with its state: check and posternd --check tell, and
# refuse nothing; what the manual says gives the copy keys of its own.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need unshare
setup
person alice
echo 11111111111111111111111111111111 > "$W/original"
echo 22222222222222222222222222222222 > "$W/copy"
: > "$W/none"
[ -e /etc/machine-id ] || skip "no /etc/machine-id to be hidden"
# on MACHINE COMMAND...: as if on that one.
on () {
  local id=$1
  shift
  in_server unshare -m sh -c 'mount --bind "$1" /etc/machine-id && shift && exec "$@"' sh "$W/$id" "$@"
}
ETC=$W/etc
keys () { local id=$1 v=$2; shift 2; on "$id" postern-keys "$v" --config "$ETC" "$@"; }
on original postern-keys init web1 --address $S4 --interface sv --config "$ETC" > "$W/init.out" 2>&1 || fail "init: $(cat "$W/init.out")"
SFPR=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
told () { keys "$1" check > "$W/out" 2>&1 || :; grep -q "state: it was made on another machine; .*CLONED MACHINES.*'rm $ETC/state/host'" "$W/out"; }
warned () { on "$1" posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "posternd --check: $(cat "$W/out")"; grep -q '^Warning: .*another machine' "$W/out"; }
grep -q '[12]\{32\}' "$ETC/state/host" && fail "the machine-id itself is noted"

told original && fail "told on the machine itself"
warned original && fail "warned on the machine itself"
told none && fail "told where nothing says which machine it is"
told copy || fail "not told: $(cat "$W/out")"
warned copy || fail "not warned: $(cat "$W/out")"
# Nothing is refused, and the note stays.
keys copy enroll alice --key "$W/alice.pgp" --fpr "$(fpr_of alice)" --group ops > "$W/alice.invite" 2> "$W/err" || fail "enroll: $(cat "$W/err")"
told copy || fail "no more told"
say "a copy is told"

# A backup on a new machine, the old one gone.
cp "$ETC/state/host" "$W/note"
rm "$ETC/state/host"
told copy && fail "told without a note"
keys copy invite alice > "$W/alice.invite" 2> "$W/err" || fail "invite: $(cat "$W/err")"
told copy && fail "told on the new machine"
told original || fail "the new machine was not noted"
cp "$W/note" "$ETC/state/host"
told copy || fail "not told again"
say "and one that takes the place of the other"

# Keys of its own, as the manual has it.
keys copy export > "$W/people.asc"
keys copy export --json | python3 -c '
import json, sys
for person in json.load(sys.stdin):
    print(",".join([person["user"], person["key"]] + person["groups"]))' > "$W/list"
mv "$ETC" "$W/etc.original"
on copy postern-keys init web2 --address $S4 --interface sv --config "$ETC" > "$W/init.out" 2>&1 || fail "init: $(cat "$W/init.out")"
keys copy enroll --batch "$W/people.asc" --fprs "$W/list" --invites "$W/invites" 2> "$W/err" || fail "batch: $(cat "$W/err")"
NEW=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
[ "$NEW" != "$SFPR" ] || fail "the same key"
grep -q "groups  = {'ops'}" "$ETC/users.d/alice.conf" || fail "alice's groups"
told copy && fail "told with keys of its own"
listen 22
as alice postern join "$W/invites/alice.invite" --fpr "$NEW" >>"$W/join.log" 2>&1 || fail "alice cannot join"
patient alice
start
as alice postern open web2 tcp/22 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
say "ok"
