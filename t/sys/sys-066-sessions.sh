#!/bin/bash
# Connections that are older than the table go on, and let no other in.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 ss
setup
person alice
server
listen 22
enroll alice

# hold NAME ADDRESS PORT: a connection from PORT that answers each line of
# NAME.in with "dead" or "ok LINE" in NAME.out.
hold () {
  mkfifo "$W/$1.in"
  ip netns exec "$CLIENT" python3 - "$2" "$3" "$W/$1.in" "$W/$1.out" <<'PY' &
import socket, struct, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family)
s.bind(("", int(sys.argv[2])))
s.connect((sys.argv[1], 22))
s.settimeout(10)
with open(sys.argv[4], "w", buffering=1) as out:
    out.write("up\n")
    for line in open(sys.argv[3]):
        if line == "end\n":     # Without a TIME_WAIT, which keeps the port.
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
            break
        try:
            s.sendall(line.encode())
            out.write("ok %s" % line if s.recv(100) == line.encode() else "dead\n")
        except OSError:
            out.write("dead\n")
PY
  own $!
  until_ok grep -q up "$W/$1.out" || fail "$1 does not connect"
}
lives () {                      # lives NAME WORD FD
  echo "$2" >&"$3"
  until_ok grep -q "ok $2\|dead" "$W/$1.out" || fail "$1 says nothing: $2"
  grep -q "ok $2" "$W/$1.out" || fail "$1 is frozen: $2"
}

hold four $S4 40001
hold six $S6 40002
exec 4> "$W/four.in" 6> "$W/six.in"
[ -z "$(in_server nft list ruleset)" ] || fail "there are rules already"
lives four before 4
start
lives four first 4
lives six first 6
is_shut $S4 22
is_shut $S6 22
say "connections that are older than the table go on"

# Somebody takes all rules away, and with them what made conntrack look.
back () { in_server nft list chain inet postern guard; }
in_server nft flush ruleset
until_ok back || fail "the table does not come back"
lives four flushed 4
lives six flushed 6
is_shut $S4 22
reload_all
lives four reloaded 4
# Stopped: the kernel alone goes on.
stop
lives four stopped 4
is_shut $S4 22

# Where conntrack picks up nothing by itself, what it was told is enough.
in_server nft flush ruleset
hold strict $S4 40003
exec 5> "$W/strict.in"
in_server sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
start
lives strict first 5
is_shut $S4 22

# The end of a connection is the end: its port lets no second one in.
echo end >&4
ends () { [ -z "$(in_server ss -Htn state established "dport = :40001")" ]; }
until_ok ends || fail "it does not end"
in_client nc -z -w 2 -p 40001 $S4 22 && fail "a second connection from the same port"
lives strict second 5
as alice postern open web1 --for 30s > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
in_client nc -z -w 2 -p 40001 $S4 22 || fail "shut in spite of a grant"
say "ok"
