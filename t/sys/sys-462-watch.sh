#!/bin/bash
# postern pending --watch: ends as soon as something waits at any of the
# hosts, and its exit code says what it found.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server
sed -i '/^rule ssh/,/^}/d' "$ETC/access.conf"
cat >> "$ETC/access.conf" <<END
rule ssh { groups = {'ops'} ports = {'tcp/22'} approvals = 1 approvers = {'ops'} }
END
enroll alice
enroll bob
start
watch () {
  local status=$1 rc=0
  shift
  as bob postern pending --watch "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$status" ] || fail "$*: exit $rc, not $status: $(cat "$W/out" "$W/err")"
}
watch 75 --for 1s
[ ! -s "$W/out" ] && [ ! -s "$W/err" ] || fail "nothing waits: $(cat "$W/out" "$W/err")"
watch 75 'web*' --for 1s --json
[ "$(tr -d ' \n' < "$W/out")" = '[]' ] || fail "$(cat "$W/out")"
watch 68 nonesuch --for 1s
rc=0
as bob postern pending web1 --every 1s > "$W/out" 2>&1 || rc=$?
[ $rc = 64 ] && grep -q 'go with --watch' "$W/out" || fail "--every alone: $rc, $(cat "$W/out")"

# It looks again and again.
ip netns exec "$CLIENT" env GNUPGHOME="$W/bob/gnupg" HOME="$W/bob" XDG_CONFIG_HOME="$W/bob/config" \
  postern pending --watch --every 1s > "$W/watch.out" 2> "$W/watch.err" &
watching=$!
own $watching
asked () { [ "$(ctl audit --json --last 20 | grep -c '"action": \?"pending"')" -ge 5 ]; }
until_ok asked || fail "it does not look: $(cat "$W/watch.err"; ctl audit --last 9)"
kill -0 $watching 2>/dev/null || fail "it ended: $(cat "$W/watch.out" "$W/watch.err")"
rc=0
as alice postern open web1 > "$W/out" 2>&1 || rc=$?
[ $rc = 75 ] || fail "alice: $rc, $(cat "$W/out")"
wait $watching || fail "exit $?: $(cat "$W/watch.out" "$W/watch.err")"
grep -q '^web1: [0-9a-f]\{8\}  alice .*tcp/22' "$W/watch.out" || fail "$(cat "$W/watch.out")"
# The host's name is counted, and no word is torn where a blank is near.
[ "$(wc -L < "$W/watch.out")" -le 79 ] && grep -q approvals "$W/watch.out" || fail "$(cat "$W/watch.out")"
watch 0 --json
grep -q '"host": "web1"' "$W/out" || fail "$(cat "$W/out")"
say "something waits"

stop
watch 69 --for 1s --timeout 1s
grep -q 'web1: unknown' "$W/err" || fail "$(cat "$W/err")"
say "ok"
