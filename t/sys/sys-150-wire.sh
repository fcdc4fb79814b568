#!/bin/bash
# What comes over the wire: fragments, copies, several interfaces, one that
# vanishes, VLANs, wrong checksums, IPv6; and what a stranger sees of it.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
# A second way to the server, tagged as well.
second_way () {
  ip link add c2 netns "$CLIENT" type veth peer name s2 netns "$SERVER"
  ip -n "$CLIENT" addr add 198.51.100.2/24 dev c2
  ip -n "$SERVER" addr add 198.51.100.1/24 dev s2
  ip -n "$CLIENT" link set c2 up
  ip -n "$SERVER" link set s2 up
}
second_way
S2=198.51.100.1 S5=
# Some kernels have none; t-capture puts tagged frames on the wire itself.
if ip -n "$CLIENT" link add link cl name cl.5 type vlan id 5 2>/dev/null; then
  ip -n "$SERVER" link add link sv name sv.5 type vlan id 5
  ip -n "$CLIENT" addr add 192.0.2.2/24 dev cl.5
  ip -n "$SERVER" addr add 192.0.2.1/24 dev sv.5
  ip -n "$CLIENT" link set cl.5 up
  ip -n "$SERVER" link set sv.5 up
  S5=192.0.2.1
fi
server
sed -i "s/^interfaces.*/interfaces = {'sv', 's2'}/" "$ETC/posternd.conf"
listen 22
enroll alice
start
seal () { as alice postern seal open web1 --for 20s --source observed -o "$W/dgram" || fail "seal"; }
opens () {
  until_ok connects "${2:-$S4}" 22 || fail "$1: does not open: $(ctl audit --last 3)"
  ctl close --all > /dev/null
  is_shut "${2:-$S4}" 22
  say "$1: opens"
}

# raw KIND FILE: a UDP packet made by hand, as KIND says.
raw () {
  in_client python3 - "$1" "$2" $C4 $S4 <<'PY'
import socket, struct, sys
kind, name, src, dst = sys.argv[1:5]
data = open(name, "rb").read()
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
# A checksum of zero is none at all; any other is wrong here.
check = 0x1234 if kind == "checksum" else 0
udp = struct.pack("!HHHH", 40000, 62201, 8 + len(data), check) + data
def send(part, offset, more):
    s.sendto(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), 77,
                         (0x2000 if more else 0) | offset // 8, 64, 17, 0,
                         socket.inet_aton(src), socket.inet_aton(dst)) + part,
             (dst, 0))
if kind == "fragments":
    send(udp[:400], 0, True)
    send(udp[400:], 400, False)
elif kind == "short":
    send(udp[:-5], 0, False)
else:
    send(udp, 0, False)
PY
}

# In fragments a good datagram is refused, and the first of them, which has
# the port, is counted; whole it opens, whatever its checksum.
seal
counts_one 'an IP fragment' raw fragments "$W/dgram"
is_shut $S4 22
counts_one 'malformed IP or UDP header' raw short "$W/dgram"
is_shut $S4 22
raw whole "$W/dgram"
opens "no fragment"
seal
raw checksum "$W/dgram"
opens "a wrong checksum"

# The same datagram by two interfaces is one; each of them is good.
seal
before=$(claims)
both () { send "$W/dgram" $S2; send "$W/dgram" $S4; }
counts_one "$SEEN" both
[ "$(claims)" = $((before + 1)) ] || fail "two claims"
[ "$(grant_lines | wc -l)" = 1 ] || fail "two grants"
opens "by the second interface" $S2
if [ -n "$S5" ]; then
  seal
  send "$W/dgram" $S5
  opens "by a VLAN" $S5
fi
seal
send "$W/dgram" $S6
opens "over IPv6" $S6

# One that vanishes harms nobody, and is read again when it returns.
ip -n "$SERVER" link del s2
until_ok grep -q 'interface s2 has gone' "$W/posternd.log" || fail "not noticed"
seal
send "$W/dgram"
opens "while s2 is away"
second_way
again () {
  seal
  send "$W/dgram" $S2
  connects $S2 22
}
until_ok again || fail "does not open by s2, which is back"
ctl close --all > /dev/null
say "an interface that vanished and came back: opens"
ip -n "$SERVER" link set s2 down
ip -n "$SERVER" link set s2 up
until_ok again || fail "does not open by s2, which is up again"
ctl close --all > /dev/null
say "an interface that was down: opens"

# A stranger sees a port like its neighbour, whatever he sends to it.  The
# kernel is to say each time that nobody is there.
in_server sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit
                 echo 0 > /proc/sys/net/ipv6/icmp/ratelimit'
head -c 700 /dev/urandom > "$W/junk"
sees () {
  in_client python3 - "$1" "$2" "$3" <<'PY'
import socket, sys
address, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((address, port))
s.settimeout(2)
s.send(open(name, "rb").read())
try:
    print("answer", len(s.recv(2048)))
except ConnectionRefusedError:
    print("refused")
except TimeoutError:
    print("silence")
PY
}
: > "$W/nothing"
seal
send "$W/dgram"
until_ok connects $S4 22 || fail "does not open"
for address in $S4 $S6; do
  for what in junk nothing dgram; do
    one=$(sees $address 62201 "$W/$what")
    other=$(sees $address 62202 "$W/$what")
    [ "$one" = "$other" ] || fail "$address: $what: '$one', and the next port '$other'"
    say "$address: $what: '$one' as from the next port"
  done
done
say "ok"
