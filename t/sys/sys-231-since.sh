#!/bin/bash
# What somebody signed before they were let in, or let in again, is refused,
# whoever sends it then; what they sign now works at once.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
server_key
sed -i "s/^max-ahead.*/max-ahead = '1s'/" "$ETC/posternd.conf"
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
listen 22
enroll alice
enroll bob
start
CAROL=$(fpr_of carol)

# signed BY SECONDS FILE: an open that was signed so long ago.
signed () {
  text_of_request "s/^time: .*/time: $(($(date +%s) - $2))/" > "$W/t"
  rm -f "$3" "$W/blob"
  gpg_as "$1" --compress-algo none -s -o "$W/blob" "$W/t"
  gpg_as "$1" --no-literal --compress-algo none -f "$W/server.pgp" -e -o "$3" "$W/blob"
}
opens () {
  send_message "$W/m"
  until_ok connects $S4 22 || fail "$1: does not open: $(ctl audit --last 3)"
  ctl close --all > /dev/null
  is_shut $S4 22
  say "$1: opens"
}
refused () {
  refused_for "^$2" send_message "${3:-$W/old}"
  is_shut $S4 22
  say "$1: refused"
}
before='claim: signed before this person.s key or entry changed'
fresh () { signed "$1" 0 "$W/m"; opens "$1's fresh request $2"; }

# bob has been there for long enough.
explained () { ctl explain "$1" > "$W/explained" 2>&1; }
bob_passes () { signed bob 6 "$W/m" && seal_message "$W/m" > "$W/dgram" && explained "$W/dgram"; }
until_ok bob_passes || fail "what bob signed six seconds ago is refused: $(cat "$W/explained")"
opens "what bob signed six seconds ago"

signed carol 6 "$W/old"
refused "somebody unknown" 'verify: signed by an unknown key'
ctl audit --last 1 --json | grep -q "\"fpr\": \?\"$CAROL\"" || fail "not named: $(ctl audit --last 1 --json)"
enroll carol
refused "what carol signed before she was enrolled" "$before"
fresh carol "after that"
signed bob 6 "$W/m"
opens "bob's, who is not touched,"

state=$ETC/state/muster
switch () {
  printf '%s\nquit\n' "$1" | GNUPGHOME=$state gpg --command-fd 0 --no-tty \
    --edit-key "$CAROL" >>"$W/gpg.log" 2>&1 || :
  chgrp _posternmuster "$state/trustdb.gpg"
  chmod 640 "$state/trustdb.gpg"
}
says () { grep -q "person  *$1" "$W/explained" || fail "explain does not say '$1': $(cat "$W/explained")"; }
changes_roster switch disable
signed carol 6 "$W/old"
refused "a disabled key" 'verify: the signing key is disabled'
ctl audit --last 1 --json | grep -q "\"user\": \?\"carol\"" || fail "not named: $(ctl audit --last 1 --json)"
changes_roster switch enable
# posternd has not seen it since: explain finds it all the same.
seal_message "$W/old" > "$W/dgram"
! explained "$W/dgram" || fail "explain: passes"
says "signed before this person.s key or entry changed"
signed carol 0 "$W/m"
seal_message "$W/m" > "$W/dgram"
explained "$W/dgram" || fail "explain: $(cat "$W/explained")"
says ok
refused "what carol signed before her key was enabled" "$before"
fresh carol "after that"

gpg_as carol --quick-set-expire "$CAROL" 1y
gpg_as carol --export "$CAROL" > "$W/carol.pgp"
signed carol 6 "$W/old"
keys enroll --update carol --key "$W/carol.pgp" --fpr "$CAROL" 2>>"$W/enroll.log" || fail "update"
refused "what carol signed before her key was updated" "$before"
signed carol 6 "$W/old"
stop
start
refused "the same after a restart" "$before"
fresh carol "after that"

# Her access is put off by a hand in her file.
sed -i "s/^}/  expires = '2099-01-01'\n}/" "$ETC/users.d/carol.conf"
signed carol 6 "$W/old"
ctl reload > /dev/null || fail "reload"
refused "what carol signed before a reload" "$before"
fresh carol "after that"
say "ok"
