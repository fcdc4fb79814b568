#!/bin/bash
# A path that carries no more than 1280 bytes, and says so to nobody: each
# verb works, its request and its reply fit.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need tcpdump
setup
person alice
server --address $S6
cat >> "$ETC/access.conf" <<'END'
command bytes { groups = {'ops'} argv = {'/usr/bin/seq', '1', '{n}'} arg n { range = '1-2000' } run-as = 'nobody' }
END
enroll alice
start
# The server's end of the wire drops what is longer; the client knows 1500.
ip -n "$SERVER" link set sv mtu 1280
ip netns exec "$CLIENT" tcpdump -i cl -n -l 'udp port 62201' > "$W/dump" 2>"$W/tcpdump.log" &
own $!
until_ok grep -q listening "$W/tcpdump.log" || fail "no tcpdump"
works () {
  as alice postern "$@" > "$W/out" 2>"$W/err" || fail "$*: $(cat "$W/out" "$W/err")"
}
for family in 4 6; do
  works open web1 -$family
  works whoami web1 -$family
  works pending web1 -$family
  works run web1 bytes n=2000 -$family
  id=$(sed -n 's/.*(\([0-9a-f]\{8\}\)).*/\1/p' "$W/err" | head -n 1)
  [ -n "$id" ] || id=$(sed -n 's/.*postern result web1 \([0-9a-f]\{8\}\).*/\1/p' "$W/err" | head -n 1)
  works result web1 "$id" -$family --all
  seq 1 2000 | cmp - "$W/out" || fail "not all of the output over IPv$family"
  works close web1 -$family
  say "IPv$family"
done
longest=$(sed -n 's/.*length \([0-9]*\).*/\1/p' "$W/dump" | sort -n | tail -n 1)
[ "$longest" -le 1232 ] && [ "$longest" -gt 1000 ] || fail "a datagram of $longest bytes"
say "ok"
