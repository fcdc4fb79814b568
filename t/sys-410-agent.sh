#!/bin/bash
# gpg-agent, and those that leave it early: what is for another server, a
# stall, and a log that nobody reads any more.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
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
for i in $(seq 13); do
  send "$W/f.$i"
  send "$W/h.$i"
  sleep 0.3
done
for i in $(seq 10); do answered "good request $i of 10"; done
[ "$(agent)" = "$pid" ] || fail "gpg-agent ended: $(grep gpg-agent "$W/posternd.log")"
! grep -q 'gpg-agent.*ended' "$W/posternd.log" || fail "gpg-agent ended"

say "those that leave the agent's socket before it greets"
python3 - "$ETC/state/unseal/S.gpg-agent" <<'PY'
import socket, sys
for i in range(200):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.close()
PY
answered "after 200 that left"
[ "$(agent)" = "$pid" ] || fail "gpg-agent ended"

say "a stall of the agent, and what is asked meanwhile"
for i in $(seq 4); do
  hidden "$W/s.$i"
  foreign "$W/t.$i"
done
kill -STOP "$pid"
for i in $(seq 4); do
  send "$W/s.$i"
  send "$W/t.$i"
done
# Whether this is answered depends on when posternd replaces the agent.
whoami 2s || :
kill -CONT "$pid" 2>/dev/null || :
until_ok whoami 3s || fail "no answer after the stall: $(cat "$W/out")"
answered "after the stall"
stop

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
