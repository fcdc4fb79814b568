#!/bin/bash
# A request works once, however it comes again.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
sed -i "s/^max-ahead.*/max-ahead = '1s'/; s/^workers.*/workers = 4/" "$ETC/posternd.conf"
listen 22
enroll alice
start
door=$ETC/doors/main.key
tool=$POSTERN_BIN/t/sys/tool-seal

# Behind max-ahead.
works_again () {
  answers_again || fail "does not answer again"
  as alice postern open web1 > "$W/out" 2>&1 || fail "does not work again: $(cat "$W/out")"
  ctl close --all > /dev/null
}

# Use one request up; $1 takes its datagram, and the door is shut again.
use_up () {
  as alice postern seal open web1 --for 30s -o "$1" || fail "seal"
  send "$1"
  until_ok connects $S4 22 || fail "the good request does not open"
  ctl close --all > /dev/null
  is_shut $S4 22
}

# replay WHAT PATTERN [SOURCE]: $W/again is refused with that reason, and
# nothing is open.
from_here () { send "$W/again"; }
replay () {
  refused_for "$2" "${3:-from_here}"
  is_shut $S4 22
  no_grants "$1"
  say "$1: refused"
}
used='^claim: this request was used before'
horizon='^claim: signed before the horizon'

use_up "$W/used"
before=$(claims)
counts_one "$SEEN" send "$W/used"
is_shut $S4 22
[ "$(claims)" = "$before" ] || fail "claimed again"
say "the same datagram: refused"

# The same OpenPGP message under a fresh seal, padded otherwise.
"$tool" unwrap "$door" < "$W/used" > "$W/message"
"$tool" wrap "$door" 1400 < "$W/message" > "$W/again"
cmp -s "$W/used" "$W/again" && fail "the same bytes"
replay "sealed anew, padded otherwise" "$used"

# The signed blob, encrypted again to the same server.
agenthome=$ETC/state/agent
cp -r "$agenthome" "$W/thief"
rm -f "$W"/thief/S.*
GNUPGHOME=$W/thief gpg --batch --quiet --pinentry-mode loopback --no-permission-warning \
  --no-options --unwrap -d -o "$W/blob" "$W/message" 2>>"$W/gpg.log" || fail "unwrap"
GNUPGHOME=$ETC/state/root gpg --batch --quiet --export "$SFPR" > "$W/server.pgp"
mkdir -m 700 "$W/stranger" "$W/stranger/gnupg"
reencrypt () {
  GNUPGHOME=$W/stranger/gnupg gpg --batch --quiet --no-options --no-literal \
    --compress-algo none --trust-model always -f "$1" -e -o - "$2" 2>>"$W/gpg.log"
}
reencrypt "$W/server.pgp" "$W/blob" > "$W/message2" || fail "re-encrypt"
"$tool" wrap "$door" < "$W/message2" > "$W/again"
replay "encrypted anew" "$used"

# From another address.
"$tool" wrap "$door" 700 < "$W/message" > "$W/again"
from_elsewhere () {
  in_client python3 - "$W/again" <<PY
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("$C4B", 0))
s.sendto(open(sys.argv[1], "rb").read(), ("$S4", 62201))
PY
}
replay "from another address" "$used" from_elsewhere
audited "\"source\": ?\"$C4B\""
connects $S4 22 $C4B && fail "open for the other address"

# After a restart.
stop
start
"$tool" wrap "$door" 800 < "$W/message" > "$W/again"
replay "after a restart" "$used"

# After all of it was killed, with no time to put anything in order.
kids=$(ps -o pid= --ppid "$POSTERND")
kill -9 "$POSTERND" $kids
for pid in $kids; do
  until_ok sh -c "! kill -0 $pid 2>/dev/null" || fail "pid $pid lives on"
done
start
"$tool" wrap "$door" 850 < "$W/message" > "$W/again"
replay "after a kill -9 of all" "$used"

# After the store was put back from an older copy, and after it was lost.
stop
mkdir "$W/backup"
cp -a "$ETC"/state/decide/. "$W/backup"
start
use_up "$W/second"
"$tool" unwrap "$door" < "$W/second" > "$W/message3"
stop
rm -rf "$ETC"/state/decide/*
cp -a "$W/backup/." "$ETC/state/decide/"
start
"$tool" wrap "$door" 900 < "$W/message3" > "$W/again"
replay "after the store was restored" "$horizon"
works_again
use_up "$W/third"
say "and works again a moment later"
"$tool" unwrap "$door" < "$W/third" > "$W/message4"
stop
rm -rf "$ETC"/state/decide/*
start
"$tool" wrap "$door" 900 < "$W/message4" > "$W/again"
replay "after the store was deleted" "$horizon"
works_again

# Fifty copies at once, each sealed anew, four workers: one claim, one reply.
before=$(claims)
as alice postern seal open web1 --for 30s -o "$W/fifty" || fail "seal"
"$tool" unwrap "$door" < "$W/fifty" > "$W/message5"
for i in $(seq 50); do
  "$tool" wrap "$door" $((600 + i * 5)) < "$W/message5" > "$W/copy.$i"
done
replies=$(in_client python3 - "$W" <<PY
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("$C4", 0))
for i in range(1, 51):
    s.sendto(open("%s/copy.%d" % (sys.argv[1], i), "rb").read(), ("$S4", 62201))
s.settimeout(30)
n = 0
try:
    while True:
        s.recv(2048)
        n += 1
        s.settimeout(3)
except TimeoutError:
    print(n)
PY
)
[ "$replies" = 1 ] || fail "$replies replies to fifty copies"
[ "$(claims)" = $((before + 1)) ] || fail "claims: $before, then $(claims)"
is_open $S4 22
[ "$(grant_lines | wc -l)" = 1 ] || fail "more than one grant"
say "fifty copies: one claim, one reply"
say "ok"
