#!/bin/bash
# enroll, replace and revoke killed at each of their steps: what is there is
# whole, a key alone lets nobody in, and the same command does the rest.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace
setup
person alice
person bob
person carol
server
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
BOB=$(fpr_of bob) CAROL=$(fpr_of carol)
enroll alice

# What changes something, or tells somebody.
STEPS="fsync rename link unlink fchmod fchown clone connect"
# each_step COMMAND VERB ARGUMENTS: run the verb until none of the steps
# kills it any more; COMMAND is called with the name of each.
each_step () {
  local command=$1 call n
  shift
  N=0
  for call in $STEPS; do
    n=1
    while killed_at "$call" $n "$@"; do
      "$command" "$1 killed at $call $n"
      n=$((n + 1))
      N=$((N + 1))
    done
    "$command" "$1 in the end"
  done
}
killed_at () {
  local call=$1 n=$2 rc=0
  shift 2
  in_server strace -qq -o /dev/null -e "trace=$call" \
    -e "inject=$call:signal=KILL:when=$n" postern-keys "$@" \
    --config "$ETC" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 0 ] && return 1
  [ $rc = 137 ] || fail "$1, $call $n: exit $rc: $(cat "$W/err")"
}
in_server strace -qq -o /dev/null -e trace=none -e inject=fsync:signal=KILL:when=60000 true \
  2>/dev/null || skip "strace cannot inject signals here"

# The configuration is good, verify can read its keys, and nothing is amiss
# but a key alone, a person without one, or a file that counts for nothing.
whole () {
  local rc=0
  keys check > "$W/check" 2> "$W/err" || rc=$?
  [ $rc = 0 ] || [ $rc = 65 ] || fail "$1: $(cat "$W/err")"
  if grep -v '^clock:\|^posternd: it goes by\|nobody.s\|left it; remove it\|not in the roster.s home' "$W/check"; then
    fail "$1 leaves something amiss"
  fi
  keys list 2>/dev/null | grep -q '^alice .*never' || fail "$1: alice is gone"
}
key_of () { keys list 2>/dev/null | awk -v n="$1" '$1 == n { print $3 }'; }

# enroll, with no posternd about.
enrol_bob () { keys enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops > "$W/bob.invite" 2> "$W/err"; }
after_enroll () {
  whole "$1"
  if [ -e "$ETC/users.d/bob.conf" ]; then
    [ "$(key_of bob)" = "$BOB" ] || fail "$1: bob's file is not whole"
  fi
  enrol_bob || fail "$1: not to be repeated: $(cat "$W/err")"
  [ -s "$W/bob.invite" ] && [ "$(key_of bob)" = "$BOB" ] || fail "$1: bob is not in"
  rm -f "$ETC"/users.d/bob.conf.??????
  [ -z "$(keys check 2>/dev/null | grep -v '^clock:')" ] || fail "$1: $(keys check)"
  keys revoke bob 2> "$W/err" || fail "$1: revoke: $(cat "$W/err")"
}
each_step after_enroll enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops
[ $N -gt 20 ] || fail "enroll has only $N steps"
say "enroll: killed at each of $N steps"

# replace: bob has the one key or the other.
replace () { keys replace bob --key "$W/$1.pgp" --fpr "$2" > "$W/bob.invite" 2> "$W/err"; }
after_replace () {
  whole "$1"
  case $(key_of bob) in "$BOB"|"$CAROL") ;; *) fail "$1: bob's key is $(key_of bob)" ;; esac
  replace carol "$CAROL" || fail "$1: not to be repeated: $(cat "$W/err")"
  [ -s "$W/bob.invite" ] && [ "$(key_of bob)" = "$CAROL" ] || fail "$1: not replaced"
  rm -f "$ETC"/users.d/bob.conf.??????
  [ -z "$(keys check 2>/dev/null | grep -v "^clock:\|^$BOB: this key is nobody.s")" ] || fail "$1: $(keys check)"
  replace bob "$BOB" || fail "$1: and back: $(cat "$W/err")"
}
enrol_bob || fail "$(cat "$W/err")"
each_step after_replace replace bob --key "$W/carol.pgp" --fpr "$CAROL"
[ $N -gt 20 ] || fail "replace has only $N steps"
say "replace: killed at each of $N steps"

# revoke, with posternd about: the end is the same, whatever came between.
as bob postern join "$W/bob.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "bob cannot join"
start
after_revoke () {
  whole "$1"
  if [ -e "$ETC/users.d/bob.conf" ]; then
    keys revoke bob 2> "$W/err" || fail "$1: not to be repeated: $(cat "$W/err")"
  else
    ctl reload >/dev/null || fail "$1: reload"
  fi
  [ -z "$(key_of bob)" ] || fail "$1: bob is still in"
  keys export | gpg --homedir "$W" --show-keys 2>/dev/null | grep -q "$BOB" && fail "$1: bob's key is still there"
  enrol_bob || fail "$1: back in: $(cat "$W/err")"
}
STEPS="unlink fsync connect"
each_step after_revoke revoke bob --why "a test"
say "revoke: killed at each of $N steps"

# After all of this: alice comes, bob comes when he is let in again.
listen 22
keys revoke bob 2>/dev/null || fail "revoke bob"
is_shut $S4 22
as bob postern open web1 --timeout 2s > "$W/out" 2>&1 && fail "bob opens: $(cat "$W/out")"
audited 'signed by an unknown key'
is_shut $S4 22
as alice postern open web1 > "$W/out" 2>&1 || fail "alice: $(cat "$W/out")"
is_open $S4 22
ctl close --all >/dev/null
enrol_bob || fail "$(cat "$W/err")"
as bob postern join "$W/bob.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "bob cannot join again"
as bob postern open web1 > "$W/out" 2>&1 || fail "bob: $(cat "$W/out")"
is_open $S4 22
say "ok"
