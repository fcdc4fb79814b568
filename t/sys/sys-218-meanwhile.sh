#!/bin/bash
# Who is revoked while another postern-keys is about to write about them is
# out all the same: each verb is stopped behind its last look, and goes on
# when revoke is through.  The near twin of each: without revoke it is done.
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
MARK=$ETC/users.d/.revoking-bob
FILE=$ETC/users.d/bob.conf
LOOK='/^f?access(at2?)?$'         # At the mark.
echo "bob,$BOB,ops" > "$W/list"
enroll bob
for name in bob alice; do
  echo secret | keys passwd $name --fd 0 2> "$W/err" || fail "passwd: $(cat "$W/err")"
done
cp "$ETC/passwd" "$W/passwd"
keep

# Who is stopped does not end when asked to.
ALL=
at_end () { [ -z "$ALL" ] || kill -9 $ALL 2>/dev/null || :; }

# stop_at PATH CALL N VERB ARGUMENTS: start it, and stop it when it has done
# its Nth CALL about PATH.  With THEN the second such call, about the mark,
# ends it after that.
stop_at () {
  local path=$1 call=$2 n=$3
  shift 3
  : > "$W/trace"
  ip netns exec "$SERVER" strace -qq -o "$W/trace" -P "$path" -e "trace=$call${THEN:+,$THEN}" \
    -e "inject=$call:signal=STOP:when=$n" ${THEN:+-P "$MARK" -e "inject=$THEN:signal=TERM:when=2"} \
    postern-keys "$@" --config "$ETC" < "$W/input" > "$W/verb.out" 2> "$W/verb.err" &
  TRACER=$!
  until_ok grep -q 'stopped by SIGSTOP' "$W/trace" || fail "$1 does not stop: $(cat "$W/verb.err")"
  STOPPED=$(pgrep -P $TRACER -x postern-keys) || fail "nothing is stopped"
  ALL="$ALL $STOPPED"
}
# Status: the verb's.
go_on () { local rc=0; kill -CONT "$STOPPED"; wait $TRACER || rc=$?; return $rc; }
echo secret > "$W/input"

key_is_there () { GNUPGHOME=$ETC/state/muster gpg --batch --list-keys "$1" >/dev/null 2>&1; }
bob_is_out () {
  [ ! -e "$FILE" ] || fail "$1: bob's file is there"
  key_is_there "$BOB" && fail "$1: bob's key is there"
  key_is_there "$CAROL" && fail "$1: bob's other key is there"
  cut -d: -f1 "$ETC/passwd" | grep -q '^bob$' && fail "$1: bob's password is there"
  return 0
}

# meanwhile TEXT PATH CALL N VERB ARGUMENTS
meanwhile () {
  local what=$1 rc=0
  shift
  stop_at "$@"
  keys revoke bob 2> "$W/err" || fail "$what: revoke: $(cat "$W/err")"
  grep -q 'another postern-keys is at work' "$W/err" || fail "$what: not told: $(cat "$W/err")"
  [ -e "$MARK" ] || fail "$what: no mark is left"
  go_on || rc=$?
  [ $rc = "$FAILS" ] && grep -q "$WHY" "$W/verb.err" \
    || fail "$what: $rc, $(cat "$W/verb.err")"
  [ ! -s "$W/verb.out" ] || fail "$what: it hands something out"
  bob_is_out "$what"
  # A mark never needs a hand.
  keys invite alice > "$W/out" 2> "$W/err" || fail "$what: invite: $(cat "$W/err")"
  [ ! -e "$MARK" ] || fail "$what: the mark stays"
  well "$what"
  restore
  cp -p "$W/passwd" "$ETC/passwd"
  stop_at "$@"
  go_on || fail "$what, nobody revoked: $(cat "$W/verb.err")"
  [ -e "$FILE" ] && [ ! -e "$MARK" ] || fail "$what, nobody revoked: bob is out"
  restore
  cp -p "$W/passwd" "$ETC/passwd"
  say "$what"
}
FAILS=75
WHY='bob: they were revoked meanwhile'
meanwhile "enroll once more" "$FILE" /^openat 2 \
  enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops
meanwhile "a newer copy" "$MARK" "$LOOK" 2 enroll --update bob --key "$W/bob.pgp"
meanwhile "replace" "$FILE" /^openat 1 replace bob --key "$W/carol.pgp" --fpr "$CAROL"
meanwhile "a password" "$MARK" "$LOOK" 2 passwd bob --fd 0

# Nobody yet: stopped when his file is there, which is his first second.
rm "$FILE"
keep
meanwhile "enroll" "$FILE" /^link 1 \
  enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops
FAILS=65
WHY='they were revoked meanwhile'
meanwhile "enroll --batch" "$FILE" /^link 1 \
  enroll --batch "$W/bob.pgp" --fprs "$W/list" --invites "$W/invites"

# What was written behind revoke's back by one that does not live to look:
# revoke, which has the lock by then, takes it out.
enroll bob
keep
THEN=$LOOK stop_at "$FILE" /^openat 1 replace bob --key "$W/carol.pgp" --fpr "$CAROL"
replace=$STOPPED tracer=$TRACER
stop_at "$ETC/users.d/.lock" /^openat 1 revoke bob
[ ! -e "$FILE" ] || fail "revoke has not come so far"
kill -CONT "$replace"
wait "$tracer" && fail "replace ends well"
[ -e "$FILE" ] || fail "replace has written nothing"
go_on || fail "revoke: $(cat "$W/verb.err")"
bob_is_out "killed behind its writing"
[ ! -e "$MARK" ] || fail "the mark stays"
say "killed behind its writing"

# A revocation that goes on keeps its mark, and nobody brings the person in
# before it has ended; one that was killed does not.
for end in CONT KILL; do
  restore
  stop_at "$ETC/users.d/.lock" /^openat 1 revoke bob
  [ ! -e "$FILE" ] || fail "revoke has not come so far"
  rc=0
  keys enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 75 ] && [ -e "$MARK" ] || fail "let in while he is revoked: $rc, $(cat "$W/err")"
  kill -$end "$STOPPED"
  rc=0
  wait $TRACER || rc=$?
  case $end in
    CONT) [ $rc = 0 ] && [ ! -e "$MARK" ] || fail "revoke: $rc, $(cat "$W/verb.err")" ;;
    KILL) [ -e "$MARK" ] || fail "who took the mark away?" ;;
  esac
  keys enroll bob --key "$W/bob.pgp" --fpr "$BOB" --group ops > "$W/out" 2> "$W/err" \
    || fail "not let in when he was revoked: $(cat "$W/err")"
  [ -e "$FILE" ] && [ ! -e "$MARK" ] || fail "bob is not in"
done
say "a revocation that goes on, and one that was killed"

# The file of passwords: revoke and passwd write it one after the other.
hash_of () { grep "^$1:" "$ETC/passwd"; }
restore
cp -p "$W/passwd" "$ETC/passwd"
stop_at "$ETC/passwd" /^openat 1 revoke bob
echo another | keys passwd alice --fd 0 2> "$W/err" &
setter=$!
own $setter
waits_for_it () { pgrep -x postern-keys | while read -r p; do [ "$p" = "$STOPPED" ] || ls -l /proc/$p/fd; done | grep -qF "$ETC/users.d/.lock-passwd"; }
until_ok waits_for_it || fail "passwd does not come so far: $(cat "$W/err")"
go_on || fail "revoke: $(cat "$W/verb.err")"
wait $setter || fail "passwd: $(cat "$W/err")"
[ -n "$(hash_of alice)" ] && [ "$(hash_of alice)" != "$(grep ^alice: "$W/passwd")" ] \
  || fail "alice's new password is lost"
bob_is_out "beside passwd"
say "revoke, and passwd beside it: neither is lost"

# One that is stopped while it writes is not waited for.
restore
cp -p "$W/passwd" "$ETC/passwd"
stop_at "$ETC/passwd" /^openat 1 passwd alice --fd 0
rc=0
timeout 60 ip netns exec "$SERVER" postern-keys revoke bob --config "$ETC" 2> "$W/err" || rc=$?
[ $rc = 75 ] && grep -q 'another postern-keys is writing the file' "$W/err" \
  || fail "revoke: $rc, $(cat "$W/err")"
[ ! -e "$FILE" ] || fail "bob's file is there"
key_is_there "$BOB" && fail "bob's key is there"
go_on || fail "passwd: $(cat "$W/verb.err")"
keys check > "$W/check" 2>/dev/null || :
grep -q "nobody is called bob; 'postern-keys passwd --delete bob'" "$W/check" || fail "check: $(cat "$W/check")"
keys passwd --delete bob 2> "$W/err" || fail "passwd --delete: $(cat "$W/err")"
[ ! -e "$MARK" ] || fail "the mark stays"
bob_is_out "beside a stopped passwd"
say "ok"
