#!/bin/bash
# enroll and replace killed at each of their steps: what is there is whole, a
# key alone lets nobody in, and the same command does the rest.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$srcdir/t/sys/killed.sh"
need strace
setup
can_inject
person alice
person bob
person carol
server
ALICE=$(fpr_of alice) BOB=$(fpr_of bob) CAROL=$(fpr_of carol)
enroll alice

# What changes something, or tells somebody.
STEPS="fsync rename link unlink fchmod fchown clone connect"

# enroll, with no posternd about.
enrol_bob () { keys enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops > "$W/bob.invite" 2> "$W/err"; }
after_enroll () {
  whole "$1"
  if [ -e "$ETC/users.d/bob.conf" ]; then
    [ "$(key_of bob)" = "$BOB" ] || fail "$1: bob's file is not whole"
  fi
  enrol_bob || fail "$1: not to be repeated: $(cat "$W/err")"
  [ -s "$W/bob.invite" ] && [ "$(key_of bob)" = "$BOB" ] || fail "$1: bob is not in"
  well "$1"
}
keep
each_step after_enroll enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops
[ $N -gt 20 ] || fail "enroll has only $N steps"
say "enroll: killed at each of $N steps"

# replace: bob has the one key or the other.
after_replace () {
  whole "$1"
  case $(key_of bob) in "$BOB"|"$CAROL") ;; *) fail "$1: bob's key is $(key_of bob)" ;; esac
  keys replace bob --key "$W/carol.pgp" --fpr "$CAROL" > "$W/bob.invite" 2> "$W/err" \
    || fail "$1: not to be repeated: $(cat "$W/err")"
  [ -s "$W/bob.invite" ] && [ "$(key_of bob)" = "$CAROL" ] || fail "$1: not replaced"
  well "$1" "^$BOB: this key is nobody.s"
}
enrol_bob || fail "$(cat "$W/err")"
keep
each_step after_replace replace bob --key "$W/carol.pgp" --fpr "$CAROL"
[ $N -gt 20 ] || fail "replace has only $N steps"
say "replace: killed at each of $N steps"
