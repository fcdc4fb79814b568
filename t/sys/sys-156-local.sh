#!/bin/bash
# Addresses that are the host's by a route of type local alone, as the agents
# of clouds make them: seen and answered, at the start and at run time.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
A4=198.51.100.7 B4=198.51.100.200 A6=2001:db8:7::7 B6=2001:db8:8::8
ip -n "$CLIENT" route add 198.51.100.0/24 via $S4
ip -n "$CLIENT" -6 route add 2001:db8:7::/64 via $S6
ip -n "$CLIENT" -6 route add 2001:db8:8::/64 via $S6
person alice
server
listen 22
enroll alice
local_route () { ip -n "$SERVER" route "$1" local "$2" dev lo table local; }
local_route add $A4/32
local_route add $A6/128
start

# ask ADDRESS: only a reply makes this succeed.
ask () {
  sed -i "s/address *=.*/address = '$1'/" "$W/alice/config/postern/hosts.d/web1.conf"
  as alice postern whoami web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
}
# goes_by ADDRESS: capture passes over what is sent there, but takes the same
# at an address of its own.
goes_by () {
  local before
  as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
  before=$(claims)
  send "$W/dgram" "$1" || :
  as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"
  [ "$(claims)" = $((before + 1)) ] || fail "$1 was taken"
}

ask $A4
ask $A6
ask $S4
goes_by $B4
local_route add 198.51.100.128/25
ask $B4
local_route add 2001:db8:8::/64
ask $B6
local_route del 198.51.100.128/25
ask $S4
goes_by $B4

# explain, of a capture with what goes by and what is taken.
ip netns exec "$SERVER" tcpdump -i sv -U -w "$W/capture.pcap" -c 3 \
  'udp dst port 62201' 2>"$W/tcpdump.log" &
dump=$!
own $dump
until_ok grep -q listening "$W/tcpdump.log" || fail "tcpdump"
as alice postern seal open web1 --for 20s -o "$W/dgram" || fail "seal"
for address in $B4 $A4 $S4; do send "$W/dgram" $address || :; done
wait $dump || fail "tcpdump: $(cat "$W/tcpdump.log")"
ctl explain --json "$W/capture.pcap" > "$W/out" 2>&1 || :
python3 - "$W/out" $B4 $A4 $S4 <<'PY' || fail "explain: $(cat "$W/out")"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
steps = [{s["step"]: s["result"] for s in row["steps"]} for row in rows]
assert steps[0]["address"] == "ignored: %s does not belong to this host now" % sys.argv[2]
assert steps[0]["signature"] == "ok" and not rows[0]["passes"]
assert steps[1]["address"] == "ok, " + sys.argv[3]
assert steps[2]["address"] == "ok, " + sys.argv[4]
PY
say "ok"
