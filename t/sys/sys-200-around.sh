#!/bin/bash
# Ways around a shut port: broadcast, multicast, anycast and link-local
# addresses, and what a conntrack helper expects.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need ss sysctl
setup
person alice
server --protect tcp/22,udp/500
sed -i "s|'tcp/22'}|'tcp/22', 'udp/500'}|" "$ETC/access.conf"
enroll alice
for key in net.ipv4.ip_forward net.ipv6.conf.all.forwarding \
           net.ipv6.conf.sv.forwarding; do
  in_server sysctl -qw $key=1
done
ip -n "$CLIENT" route add 224.0.0.0/4 dev cl
ip -n "$CLIENT" route add 255.255.255.255 dev cl
LINK=$(ip -n "$SERVER" -6 -o addr show dev sv scope link \
  | awk '{ sub("/.*", "", $4); print $4; exit }')
[ -n "$LINK" ] || fail "no link-local address"

# A service for datagrams that answers whoever asks, and one for
# connections whose first line looks to conntrack like FTP's.
cat > "$W/service.py" <<'PY'
import selectors, socket
sel = selectors.DefaultSelector()
def answer (sock):
    data, peer = sock.recvfrom (100)
    sock.sendto (data, peer)
def greet (sock):
    conn, _ = sock.accept ()
    conn.sendall (b"220 hello\r\n")
    sel.register (conn, selectors.EVENT_READ, expect)
def expect (conn):
    if conn.recv (100):
        conn.sendall (b"227 Entering Passive Mode (203,0,113,1,0,22)\r\n")
    else:
        sel.unregister (conn)
for family, any in (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"):
    sock = socket.socket (family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        sock.setsockopt (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind ((any, 500))
    sel.register (sock, selectors.EVENT_READ, answer)
sock = socket.create_server (("0.0.0.0", 21))
sel.register (sock, selectors.EVENT_READ, greet)
print ("ready", flush=True)
while True:
    for key, _ in sel.select ():
        key.data (key.fileobj)
PY
ip netns exec "$SERVER" python3 "$W/service.py" > "$W/service.log" 2>&1 &
own $!
until_ok grep -q ready "$W/service.log" || fail "no service"

# answers ADDRESS: a datagram to it from the client is answered.
answers () {
  in_client python3 - "$1" <<'PY'
import socket, sys
info = socket.getaddrinfo (sys.argv[1], 500, type=socket.SOCK_DGRAM)[0]
sock = socket.socket (info[0], socket.SOCK_DGRAM)
sock.settimeout (1)
if info[0] == socket.AF_INET:
    sock.setsockopt (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind (("203.0.113.2", 0))
sock.sendto (b"hello", info[4])
try:
    sock.recvfrom (100)
except TimeoutError:
    sys.exit (1)
PY
}

ALL="$S4 203.0.113.255 255.255.255.255 224.0.0.1 $S6 $LINK%cl 2001:db8::
     ff02::1%cl ff02::2%cl"
for address in $ALL; do
  until_ok answers "$address" \
    || fail "$address does not answer while nothing is shut"
done
start
for address in $ALL; do
  answers "$address" && fail "udp/500 answers at $address"
done
say "no address of a shut port answers"

# With a grant all of them do.
as alice postern open web1 udp/500 --source $C4 > "$W/out" 2>&1 \
  || fail "open: $(cat "$W/out")"
for address in $S4 203.0.113.255 255.255.255.255 224.0.0.1; do
  answers "$address" || fail "$address is shut to a grant"
done
answers $S6 && fail "the grant is for another address"
say "what is granted answers"

# A connection that the server has forgotten and conntrack has not: no
# second one comes in on it.
in_client nft -f - <<'NFT'
table inet silent {
  chain out {
    type filter hook output priority 0
    tcp flags & (fin | rst) != 0 drop
  }
}
NFT
in_server sysctl -qw net.ipv4.tcp_fin_timeout=1
cat > "$W/again.py" <<'PY'
import socket, sys
TCP_REPAIR = 19
sock = socket.socket ()
sock.setsockopt (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind (("203.0.113.2", 45022))
sock.settimeout (3)
try:
    sock.connect (("203.0.113.1", 22))
except TimeoutError:
    sys.exit (1)
sock.sendall (b"quit\n")
while sock.recv (100):
    pass
sys.stdin.readline ()
sock.setsockopt (socket.IPPROTO_TCP, TCP_REPAIR, 1)     # Say nothing.
PY
sockets () { in_server ss -Htan | grep :45022; }
half () { sockets | grep -q FIN-WAIT-2; }
forgotten () { [ -z "$(sockets)" ]; }
cat > "$W/quit.py" <<'PY'
import socket
sock = socket.create_server (("::", 22), family=socket.AF_INET6,
                             dualstack_ipv6=True)
print ("ready", flush=True)
while True:
    conn, _ = sock.accept ()
    conn.recv (100)
    conn.close ()
PY
ip netns exec "$SERVER" python3 "$W/quit.py" > "$W/quit.log" 2>&1 &
own $!
until_ok grep -q ready "$W/quit.log" || fail "no service"
open_ssh () {
  as alice postern open web1 tcp/22 --source $C4 > "$W/out" 2>&1 \
    || fail "open: $(cat "$W/out")"
}
open_ssh
exec 3> >(exec ip netns exec "$CLIENT" python3 "$W/again.py")
FIRST=$!
until_ok half || fail "the first connection"
echo >&3
wait $FIRST
exec 3>&-
as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
until_ok forgotten || fail "the server remembers: $(sockets)"
in_server grep -q 'sport=45022 dport=22' /proc/net/nf_conntrack \
  || fail "conntrack has forgotten it as well"
in_client python3 "$W/again.py" </dev/null && fail "a second one on the first one's entry"
open_ssh
in_client python3 "$W/again.py" </dev/null || fail "shut to a grant"
in_client nft delete table inet silent
as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
say "a connection that has ended is none to come in by"

# A helper takes a line of another service's for the leave to connect.
in_server nft -f - <<'NFT' || skip "no helper for FTP in this kernel"
table inet helper {
  ct helper ftp {
    type "ftp" protocol tcp
  }
  chain in {
    type filter hook prerouting priority -150
    tcp dport 21 ct helper set "ftp"
  }
}
NFT
exec 3> >(exec ip netns exec "$CLIENT" nc $S4 21 > "$W/ftp.out")
own $!
until_ok grep -q hello "$W/ftp.out" || fail "no greeting"
echo PASV >&3
until_ok grep -q Passive "$W/ftp.out" || fail "no answer"
until_ok in_server grep -q 'dport=22 ftp' /proc/net/nf_conntrack_expect \
  || fail "the helper expects nothing"
is_shut $S4 22
exec 3>&-
say "what a helper expects is shut"
say "ok"
