#!/bin/bash
# Whether requests get through: the state's lock, the agent's socket removed
# and replaced, an agent and roles that hang; status and the watchdog know.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
server
enroll alice

python3 - "$W/notify" > "$W/notified" <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(600).decode(), flush=True)
PY
own $!
until_ok test -S "$W/notify" || fail "no notify socket"
# Fed three times in this time, while requests get through.
export NOTIFY_SOCKET="$W/notify" WATCHDOG_USEC=1500000
start
unset NOTIFY_SOCKET WATCHDOG_USEC

# Where posternd connects for unseal.
SOCKET=$ETC/run/agent/S.gpg-agent.extra
agent () { pgrep -P "$POSTERND" gpg-agent; }
whoami () { as alice postern whoami web1 --timeout "${1:-20s}" > "$W/out" 2>&1; }
answered () { until_ok whoami 3s || fail "$1: $(cat "$W/out")"; }
health () { ctl status --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["health"])'; }
healthy () { [ "$(health)" = ok ]; }
fed () { grep -c WATCHDOG=1 "$W/notified"; }
is_fed_after () { [ "$(fed)" -gt "$1" ]; }
is_watched () { until_ok is_fed_after "$(fed)" || fail "$1: the watchdog is not fed"; }
another () { [ -n "$(agent)" ] && [ "$(agent)" != "$1" ]; }

say "all is well"
healthy || fail "health: $(health)"
is_watched "at first"

say "a second posternd with the same state, and another runtime"
cp -a "$ETC" "$W/other"
sed -i "/^runtime/d; /^state/d" "$W/other/"*.conf
printf "runtime = '%s'\nstate = '%s'\n" "$W/run2" "$ETC/state" >> "$W/other/posternd.conf"
rc=0
in_server timeout 300 posternd --config "$W/other" > "$W/second" 2>&1 || rc=$?
[ $rc = 73 ] || fail "a second one on the same state: exit $rc, $(cat "$W/second")"
[ "$(wc -l < "$W/second")" = 1 ] && grep -q "uses the state $ETC/state already; stop it" "$W/second" \
  || fail "what it said: $(cat "$W/second")"
whoami || fail "the first one does not answer: $(cat "$W/out")"

say "the agent's socket is removed"
pid=$(agent)
rm "$SOCKET"
until_ok test -S "$SOCKET" || fail "the socket is not made again"
answered "after the socket was removed"
another "$pid" || fail "the agent listens elsewhere"
until_ok healthy || fail "health: $(health)"

say "somebody else listens in its place"
python3 - "$SOCKET" <<'PY' &
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + ".new"); s.listen(5)
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True: time.sleep(60)
PY
own $!
until_ok sh -c "[ \$(grep -c 'S.gpg-agent.extra was removed or replaced' '$W/posternd.log') = 2 ]" \
  || fail "it is not seen"
answered "after the socket was replaced"

say "it cannot be made: status and the watchdog know"
# posternd may make it again in between.
until_ok sh -c "rm -f '$SOCKET'; mkdir '$SOCKET'" || fail "mkdir"
until_ok sh -c "ip netns exec $SERVER posternctl --config $ETC status | grep 'health  *the socket of gpg-agent was removed'" \
  || fail "health: $(health)"
until_ok grep -q 'STATUS=the socket of gpg-agent' "$W/notified" || fail "the service manager was not told"
[ "$(grep -c 'cannot be made' "$W/posternd.log")" = 1 ] || fail "it is said more than once"
before=$(fed)
# A change of the configuration, wholly in force, is much later.
reload_all
reload_all
[ "$(fed)" = "$before" ] || fail "the watchdog is fed though nothing gets through"
rmdir "$SOCKET"
answered "after the socket could be made"
until_ok healthy || fail "health: $(health)"
is_watched "at last"
grep -q 'requests get through again' "$W/posternd.log" || fail "no line says so"

# within SECONDS COMMAND...: until it succeeds.
within () {
  local end=$((SECONDS + $1))
  shift
  while [ "$SECONDS" -lt "$end" ]; do "$@" && return 0; sleep 0.2; done
  return 1
}

say "an agent, all verify workers and decide hang, and are replaced"
pid=$(agent)
roles=$(pgrep -P "$POSTERND" -x 'verify|decide')
kill -STOP "$pid" $roles
within 120 another "$pid" || fail "the agent is not replaced"
for role in $roles; do within 120 is_gone "$role" || fail "a role that hangs is not replaced"; done
answered "after all were replaced"
until_ok healthy || fail "health: $(health)"
grep -q 'gpg-agent.*has not answered for' "$W/posternd.log" || fail "no line on the agent"
grep -q 'decide.*has not answered for 30 s; killed' "$W/posternd.log" || fail "no line on decide"
is_watched "in the end"

say "the state is free when posternd has ended"
stop
ip netns exec "$SERVER" posternd --config "$W/other" > "$W/third.log" 2>&1 &
other=$!
own $other
until_ok grep -q 'posternd: ready' "$W/third.log" || fail "it does not start: $(cat "$W/third.log")"
say ok
