#!/bin/bash
# revoke killed at each of its steps, with posternd about: check says who
# finishes it, the same command does, and the end is always the same.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$srcdir/t/sys/killed.sh"
need strace
setup
can_inject
person alice
person bob
server
ALICE=$(fpr_of alice) BOB=$(fpr_of bob)
enroll alice
enroll bob
listen 22
start
keep
MARK=$ETC/users.d/.revoking-bob
CURE="user bob: their revocation was interrupted; 'postern-keys revoke bob' finishes it"
key_is_there () { GNUPGHOME=$ETC/state/muster gpg --batch --list-keys "$BOB" >/dev/null 2>&1; }

after_revoke () {
  whole "$1" "^$CURE\$"
  if [ -e "$MARK" ] && [ -e "$ETC/users.d/bob.conf" ]; then
    grep -q "^$CURE\$" "$W/check" || fail "$1: check does not say the cure"
  else
    grep "^user bob" "$W/check" && fail "$1: check is about somebody who is out, or in"
  fi
  if [ -e "$MARK" ] || [ -e "$ETC/users.d/bob.conf" ]; then
    keys revoke bob 2> "$W/err" || fail "$1: not to be repeated: $(cat "$W/err")"
  fi
  [ ! -e "$MARK" ] && [ ! -e "$ETC/users.d/bob.conf" ] || fail "$1: bob is still in"
  key_is_there && fail "$1: bob's key is still there"
  well "$1"
}
STEPS="unlink fsync connect rename link clone"
each_step after_revoke revoke bob --why "a test"
[ $N -gt 20 ] || fail "revoke has only $N steps"
say "revoke: killed at each of $N steps"

# After all of this: alice comes, bob comes when he is let in again.
keys revoke bob 2>/dev/null || fail "revoke bob"
is_shut $S4 22
as bob postern open web1 --timeout 2s > "$W/out" 2>&1 && fail "bob opens: $(cat "$W/out")"
audited 'signed by an unknown key'
is_shut $S4 22
as alice postern open web1 > "$W/out" 2>&1 || fail "alice: $(cat "$W/out")"
is_open $S4 22
ctl close --all >/dev/null
enroll bob
as bob postern open web1 > "$W/out" 2>&1 || fail "bob: $(cat "$W/out")"
is_open $S4 22
say "ok"
