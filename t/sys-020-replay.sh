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
tool=$POSTERN_BIN/t/tool-seal

# Use one request up; $W/used is its datagram, and the door is shut again.
use_up () {
  as alice postern seal open web1 --for 30s -o "$1" || fail "seal"
  send "$1"
  until_ok connects $S4 22 1 || fail "the good request does not open"
  ctl close --all > /dev/null
  is_shut $S4 22
}

# After whatever $1 says was sent: still shut, and the audit knows why.
stays_shut () {
  audited "$2"
  is_shut $S4 22
  [ -z "$(ctl grants --json)" ] || fail "$1: a grant"
  say "$1: refused"
}

rows () { ctl status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["claims"])'; }

use_up "$W/used"
before=$(rows)
send "$W/used"
until_ok sh -c "true"
is_shut $S4 22
[ "$(rows)" = "$before" ] || fail "claimed again"
say "the same datagram: refused"

# The same OpenPGP message under a fresh seal, padded otherwise.
"$tool" unwrap "$door" < "$W/used" > "$W/message"
"$tool" wrap "$door" 1400 < "$W/message" > "$W/again"
cmp -s "$W/used" "$W/again" && fail "the same bytes"
send "$W/again"
stays_shut "sealed anew, padded otherwise" '"reason": ?"[^"]*used before'

# The signed blob, encrypted again to the same server.
unsealhome=$ETC/state/unseal
cp -r "$unsealhome" "$W/thief"
rm -f "$W"/thief/S.*
GNUPGHOME=$W/thief gpg --batch --quiet --pinentry-mode loopback --no-permission-warning \
  --no-options --unwrap -d -o "$W/blob" "$W/message" 2>>"$W/gpg.log" || fail "unwrap"
GNUPGHOME=$ETC/state/root gpg --batch --quiet --export "$SFPR" > "$W/server.pgp"
mkdir -m 700 "$W/mallory" "$W/mallory/gnupg"
reencrypt () {
  GNUPGHOME=$W/mallory/gnupg gpg --batch --quiet --no-options --no-literal \
    --compress-algo none --trust-model always -f "$1" -e -o - "$2" 2>>"$W/gpg.log"
}
reencrypt "$W/server.pgp" "$W/blob" > "$W/message2" || fail "re-encrypt"
"$tool" wrap "$door" < "$W/message2" > "$W/again"
send "$W/again"
stays_shut "encrypted anew" '"reason": ?"[^"]*used before'

# From another address.
"$tool" wrap "$door" 700 < "$W/message" > "$W/again"
in_client python3 - "$W/again" <<PY
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("$C4B", 0))
s.sendto(open(sys.argv[1], "rb").read(), ("$S4", 62201))
PY
stays_shut "from another address" "$C4B"
in_client nc -z -w 1 -s $C4B $S4 22 && fail "open for the other address"

# After a restart.
stop
start
"$tool" wrap "$door" 800 < "$W/message" > "$W/again"
send "$W/again"
stays_shut "after a restart" '"reason": ?"[^"]*used before'

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
send "$W/again"
stays_shut "after the store was restored" '"reason": ?"[^"]*horizon'
sleep 2
use_up "$W/third"
say "and works again a moment later"
"$tool" unwrap "$door" < "$W/third" > "$W/message4"
stop
rm -rf "$ETC"/state/decide/*
start
"$tool" wrap "$door" 900 < "$W/message4" > "$W/again"
send "$W/again"
stays_shut "after the store was deleted" '"reason": ?"[^"]*horizon'
sleep 2

# Fifty copies at once, each sealed anew, four workers: one claim, one reply.
before=$(rows)
as alice postern seal open web1 --for 30s -o "$W/fifty" || fail "seal"
"$tool" unwrap "$door" < "$W/fifty" > "$W/message5"
for i in $(seq 50); do
  "$tool" wrap "$door" $((600 + i * 5)) < "$W/message5" > "$W/copy.$i"
done
replies=$(in_client python3 - "$W" <<PY
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("$C4", 0))
for i in range(1, 51):
    s.sendto(open("%s/copy.%d" % (sys.argv[1], i), "rb").read(), ("$S4", 62201))
s.settimeout(3)
n = 0
end = time.time() + 3
while time.time() < end:
    try:
        s.recv(2048)
        n += 1
    except OSError:
        break
print(n)
PY
)
[ "$replies" = 1 ] || fail "$replies replies to fifty copies"
[ "$(rows)" = $((before + 1)) ] || fail "claims: $before, then $(rows)"
is_open $S4 22
[ "$(ctl grants --json | wc -l)" = 1 ] || fail "more than one grant"
say "fifty copies: one claim, one reply"
say "ok"
