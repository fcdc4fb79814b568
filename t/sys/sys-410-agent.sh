#!/bin/bash
# gpg-agent, and those that leave it early: what is for another server, a
# stall, explain, and a log that nobody reads any more.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# STALL   seconds of the stall, with four datagrams in each (6)
# GOOD    good requests after what is for others (10)
. "$(dirname "$0")/lib.sh"
need python3
STALL=${STALL:-6}
GOOD=${GOOD:-10}
setup
person alice
person stranger
server
sed -i "s|^  max-time.*|  max-time = '10m'|" "$ETC/access.conf"
listen 22
enroll alice
start

agent () { pgrep -P "$POSTERND" gpg-agent; }
whoami () { as alice postern whoami web1 --timeout "${1:-20s}" > "$W/out" 2>&1; }
answered () { whoami || fail "$1: $(cat "$W/out")"; }

# A datagram under the right door key, encrypted to somebody else; each is
# another one.
foreign () {
  text_of_request > "$W/text"
  gpg_as alice --sign --encrypt --recipient-file "$W/stranger.pgp" \
    --output "$W/foreign.msg" "$W/text"
  seal_message "$W/foreign.msg" > "$1"
}
# The same, to one who is not named: the agent must be asked.
hidden () {
  text_of_request > "$W/text"
  gpg_as alice --sign --encrypt --hidden-recipient-file "$W/stranger.pgp" \
    --output "$W/hidden.msg" "$W/text"
  seal_message "$W/hidden.msg" > "$1"
}
for i in $(seq 13); do foreign "$W/f.$i"; hidden "$W/h.$i"; done

say "26 datagrams for others, and then good requests"
answered "before"
pid=$(agent)
! grep -q 'reset by peer\|Broken pipe' "$W/posternd.log" || fail "the probes leave noise in the log"
for i in $(seq 13); do
  send "$W/f.$i"
  send "$W/h.$i"
  sleep 0.3
done
for i in $(seq "$GOOD"); do answered "good request $i of $GOOD"; done
say "$GOOD of $GOOD were answered"
[ "$(agent)" = "$pid" ] || fail "gpg-agent ended: $(grep gpg-agent "$W/posternd.log")"
! grep -q 'gpg-agent.*ended' "$W/posternd.log" || fail "gpg-agent ended"

say "those that leave the agent's socket before it greets"
python3 - "$ETC/run/agent/S.gpg-agent.extra" <<'PY'
import socket, sys
for i in range(200):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.close()
PY
answered "after 200 that left"
[ "$(agent)" = "$pid" ] || fail "gpg-agent ended"

say "explain has an agent of its own"
explain () { ctl explain "$@" > "$W/explained" 2>&1; }
fresh () { as alice postern seal whoami web1 -o "$W/fresh" || fail "seal"; }
# While the agent stands still, and for as long as explain takes.
beside_it () {
  local agent
  fresh
  agent=$(agent)
  kill -STOP "$agent"
  explain "$W/fresh" && grep -q 'unwrap *ok' "$W/explained" \
    && grep -q 'gpg *agrees' "$W/explained" \
    && grep -q '^State:.*T' "/proc/$agent/status"
}
until_ok beside_it || fail "explain beside a stalled agent: $(cat "$W/explained")"
pid=$(agent)
# It may have been replaced meanwhile.
kill -CONT "$pid" 2>/dev/null || :
until_ok whoami 3s || fail "no answer beside explain: $(cat "$W/out")"
pid=$(agent)
for i in 1 2 3; do
  ! explain "$W/f.$i" || fail "explain: what is for another passes"
  grep -q 'unwrap *not encrypted to this server' "$W/explained" \
    || fail "$(cat "$W/explained")"
  ! explain "$W/h.$i" || fail "explain: what is hidden for another passes"
done
[ "$(agent)" = "$pid" ] || fail "explain ended the agent of posternd"
answered "after explain"
[ -z "$(find "$ETC/state/agent" "$ETC/state/muster" -type s)" ] \
  || fail "explain leaves: $(ls -A "$ETC/state/agent" "$ETC/state/muster")"
[ "$(ls -A "$ETC/run/agent" | tr '\n' ' ')" = "S.gpg-agent S.gpg-agent.extra " ] \
  || fail "explain leaves: $(ls -A "$ETC/run/agent")"
! pgrep -u _posternagent -f "$W" | grep -vx "$pid" \
  || fail "explain leaves an agent"

say "a stall of $STALL s, and what is asked meanwhile"
for i in $(seq $((STALL * 2))); do
  hidden "$W/s.$i"
  foreign "$W/t.$i"
done
# posternd may replace the agent meanwhile: then that one stalls too.
for i in $(seq $((STALL * 2))); do
  pkill -STOP -P "$POSTERND" gpg-agent || :
  send "$W/s.$i"
  send "$W/t.$i"
  sleep 0.5
done
pkill -CONT -P "$POSTERND" gpg-agent || :
begin=$SECONDS
until_ok whoami 3s || fail "no answer after the stall: $(cat "$W/out")"
say "answered $((SECONDS - begin)) s after the stall"
answered "after the stall"
stop
fresh
explain "$W/fresh" || fail "explain without posternd: $(cat "$W/explained")"
grep -q 'unwrap *ok' "$W/explained" || fail "$(cat "$W/explained")"

say "the log's reader goes, and the agent is killed"
mkfifo "$W/log"
cat "$W/log" > "$W/read.log" &
reader=$!
own $reader
exec 8> "$W/log"
ip netns exec "$SERVER" posternd -v --config "$ETC" 2>&8 >&8 &
POSTERND=$!
own $POSTERND
exec 8>&-
until_ok grep -q 'posternd: ready' "$W/read.log" || fail "posternd does not start"
kill -9 $reader
wait $reader 2>/dev/null || :
for who in gpg-agent capture unseal verify decide act; do
  pid=$(pgrep -P "$POSTERND" -x "$who" | head -n 1)
  [ -n "$pid" ] || fail "no $who"
  kill -9 "$pid"
  until_ok is_gone "$pid" || fail "$who lives on"
  until_ok whoami 3s || fail "no answer after the end of $who: $(cat "$W/out")"
  kill -0 "$POSTERND" || fail "posternd ended with $who"
done
as alice postern open web1 --for 5m > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
until_ok connects $S4 22 || fail "port 22 is shut"
say ok
