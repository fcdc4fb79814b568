#!/bin/bash
# A posternd that is stopped holds nobody who asks it: each verb ends with one
# line that says so, and revoke does all the rest.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$srcdir/t/sys/killed.sh"
need timeout pgrep
setup
person alice
person bob
server
listen 22
enroll alice
enroll bob
echo secret | keys passwd bob --fd 0 2> "$W/err" || fail "passwd: $(cat "$W/err")"
start
MARK=$ETC/users.d/.revoking-bob
as bob postern open web1 --for 60s > "$W/out" 2>&1 || fail "bob: $(cat "$W/out")"
is_open $S4 22
decide=$(pgrep -P $POSTERND -x decide)
kill -STOP "$decide"

# Side by side: each of them waits for ten seconds.
for verb in status grants reload "close --all"; do
  in_server timeout 150 posternctl ${verb%% *} ${verb#"${verb%% *}"} --config "$ETC" \
    > "$W/${verb%% *}.out" 2> "$W/${verb%% *}.err" &
  eval "${verb%% *}=$!"
done
in_server timeout 150 postern-keys list --config "$ETC" > "$W/list.out" 2> "$W/list.err" &
list=$!
in_server timeout 150 postern-keys check --config "$ETC" > "$W/check.out" 2> "$W/check.err" &
check=$!
in_server timeout 150 postern-keys revoke bob --config "$ETC" > "$W/revoke.out" 2> "$W/revoke.err" &
revoke=$!
for verb in status grants reload close; do
  rc=0
  wait "${!verb}" || rc=$?
  [ $rc = 69 ] && [ "$(wc -l < "$W/$verb.err")" = 1 ] && grep -q 'posternd does not answer' "$W/$verb.err" \
    || fail "$verb: $rc, $(cat "$W/$verb.err")"
done
wait $list || fail "list: $(cat "$W/list.err")"
grep -q 'posternd does not answer' "$W/list.err" && grep -q '^alice' "$W/list.out" \
  || fail "list: $(cat "$W/list.err" "$W/list.out")"
rc=0
wait $check || rc=$?
[ $rc = 65 ] && grep -q '^posternd: it does not answer' "$W/check.out" || fail "check: $rc, $(cat "$W/check.out")"

# All is done but what posternd must do.
rc=0
wait $revoke || rc=$?
[ $rc = 69 ] && [ "$(grep -c 'posternd does not answer' "$W/revoke.err")" = 1 ] \
  || fail "revoke: $rc, $(cat "$W/revoke.err")"
[ ! -e "$ETC/users.d/bob.conf" ] || fail "bob's file is there"
GNUPGHOME=$ETC/state/muster gpg --batch --list-keys "$(fpr_of bob)" >/dev/null 2>&1 && fail "bob's key is there"
grep -q bob "$ETC/passwd" && fail "bob's password is there"
[ -e "$MARK" ] || fail "nothing says that posternd was not told"
say "a stopped posternd: revoked as far as it can be"

# The near twin: it goes on, and each of them answers.
kill -CONT "$decide"
in_server timeout 150 postern-keys revoke bob --config "$ETC" 2> "$W/err" || fail "revoke: $(cat "$W/err")"
[ ! -e "$MARK" ] || fail "the mark stays"
until_ok is_silent $S4 22 || fail "bob's grant is left"
no_grants "revoked"
for verb in status grants reload; do
  ctl $verb > "$W/out" 2> "$W/err" || fail "$verb: $(cat "$W/err")"
done
keys list 2> "$W/err" >/dev/null || fail "list: $(cat "$W/err")"
[ ! -s "$W/err" ] || fail "list: $(cat "$W/err")"
as alice postern open web1 > "$W/out" 2>&1 || fail "alice: $(cat "$W/out")"
say "ok"
