#!/bin/bash
# once: one connection, whatever the network loses; bind: one source port.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server
listen 22
enroll alice
enroll bob
start

as alice postern open web1 --once --for 30s > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
is_shut $S4 22
none_open () { [ -z "$(grant_lines)" ]; }
until_ok none_open \
  || fail "the used grant is listed: $(ctl grants)"

# Fifty at once: one of them gets in.
as alice postern open web1 --once --for 30s > "$W/out" 2>&1
n=$(in_client python3 - <<PY
import selectors, socket, time
sel = selectors.DefaultSelector()
for i in range(50):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("$S4", 22))
    sel.register(s, selectors.EVENT_WRITE)
# All are answered at once or not at all: what comes beside the first one
# comes with it.
end, n = time.time() + 180, 0
while time.time() < end:
    for key, _ in sel.select(0.2):
        sel.unregister(key.fileobj)
        n += not key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        end = min(end, time.time() + 1)
print(n)
PY
)
[ "$n" = 1 ] || fail "$n of fifty connections under one --once"
say "fifty connections at once: one gets in"

# The SYN-ACK is lost for a while: the retransmitted SYN gets through still.
in_client nft -f - <<'EOF'
table inet lossy {
  chain in {
    type filter hook prerouting priority -400
    tcp flags & (syn | ack) == syn | ack limit rate over 1/minute burst 1 packets accept
    tcp flags & (syn | ack) == syn | ack drop
  }
}
EOF
as alice postern open web1 --once --for 30s > "$W/out" 2>&1 || fail "open"
in_client nc -z -w 60 $S4 22 || fail "lost with the SYN-ACK"
in_client nft delete table inet lossy
is_shut $S4 22
say "a lost SYN-ACK: gets in"

# And where the server's answer never left it (so it saw no reply).
in_server nft -f - <<'EOF'
table inet lossy {
  chain out {
    type filter hook output priority -400
    tcp flags & (syn | ack) == syn | ack limit rate over 1/minute burst 1 packets accept
    tcp flags & (syn | ack) == syn | ack drop
  }
}
EOF
as alice postern open web1 --once --for 30s > "$W/out" 2>&1 || fail "open"
in_client nc -z -w 60 $S4 22 || fail "lost before conntrack saw the SYN-ACK"
in_server nft delete table inet lossy
is_shut $S4 22
say "a SYN-ACK that never left: gets in"

# It never comes: the one connection that is admitted is listed, and ends with
# the grant or its close; until then it gets in, and no other does.
in_client nft -f - <<'EOF'
table inet lossy {
  chain in {
    type filter hook prerouting priority -400
    tcp flags & (syn | ack) == syn | ack drop
  }
}
EOF
admits () { in_server nft list set inet postern admitted4 | grep -q " $1 "; }
# The kernel itself would keep it for 10 seconds.
tied () { in_server nft list set inet postern admitted4 | grep -q " $1 .*timeout"; }
from () { in_client nc -z -w 2 -p "$1" $S4 22 > /dev/null 2>&1; }
no_longer () { ! admits "$1"; }
as alice postern open web1 --once --for 50s > "$W/out" 2>&1 || fail "open"
from 40101 && fail "connected without a SYN-ACK"
until_ok tied 40101 || fail "not tied: $(in_server nft list set inet postern admitted4)"
grant_lines > "$W/grants"
[ "$(wc -l < "$W/grants")" = 1 ] || fail "what is admitted is not listed"
in_client nft delete table inet lossy
from 40102 && fail "another connection gets in"
# A reload keeps it, and so does a flush.
reload_all
until_ok tied 40101 || fail "forgotten by a reload"
in_server nft flush ruleset
until_ok tied 40101 || fail "forgotten after a flush"
from 40101 || fail "the admitted connection does not get in"
until_ok no_longer 40101 || fail "admitted, and made"
all_gone () { [ -z "$(grant_lines)" ]; }
until_ok all_gone || fail "made, and listed: $(ctl grants)"
say "a lost SYN-ACK: the connection is tied to the grant"

in_client nft -f - <<'EOF'
table inet lossy {
  chain in {
    type filter hook prerouting priority -400
    tcp flags & (syn | ack) == syn | ack drop
  }
}
EOF
as alice postern open web1 --once --for 50s > "$W/out" 2>&1 || fail "open"
from 40103 && fail "connected without a SYN-ACK"
as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
admits 40103 && fail "closed, and still admitted"
as alice postern open web1 --once --for 3s > "$W/out" 2>&1 || fail "open"
from 40104 && fail "connected without a SYN-ACK"
until_ok all_gone || fail "the grant does not end"
admits 40104 && fail "over, and still admitted"
in_client nft delete table inet lossy
from 40103 && fail "closed, and let in"
from 40104 && fail "over, and let in"
say "and ends with it"

# Two people at one address, one --once each: two connections.
as alice postern open web1 --once --for 30s > "$W/out" 2>&1 || fail "open"
as bob postern open web1 --once --for 30s > "$W/out" 2>&1 || fail "open"
is_open $S4 22
one_left () { [ "$(grant_lines | wc -l)" = 1 ]; }
until_ok one_left || fail "bob's was used up by alice's: $(ctl grants)"
is_open $S4 22
all_used () { [ -z "$(grant_lines)" ]; }
until_ok all_used || fail "used, and listed: $(ctl grants)"
is_shut $S4 22
say "two people's --once: one connection each"

# Two people's ordinary grants stand behind one element.
as alice postern open web1 --for 30s > "$W/out" 2>&1
as bob postern open web1 --for 50s > "$W/out" 2>&1
as alice postern close web1 > "$W/out" 2>&1
is_open $S4 22
as bob postern close web1 > "$W/out" 2>&1
is_shut $S4 22
say "alice's close leaves bob's grant"

# bind: this source port, and no other.
as alice postern open web1 --bind 40022 --for 30s > "$W/out" 2>&1 || fail "bind: $(cat "$W/out")"
is_shut $S4 22
connects $S4 22 $C4 40022 || fail "not open for the source port"
ctl close --all >/dev/null

# A renewal lengthens.
as alice postern open web1 --for 3s > "$W/out" 2>&1
as alice postern open web1 --for 30s > "$W/out" 2>&1
as bob postern open web1 --source $C4B --for 4s > "$W/out" 2>&1 || fail "$(cat "$W/out")"
[ "$(grant_lines | grep -c alice)" = 1 ] || fail "renewed, and two grants: $(ctl grants)"
# By the time that bob's has ended alice's first one would have, too.
ended () { [ "$(grant_lines | grep -c bob)" = 0 ]; }
until_ok ended || fail "bob's does not end"
is_open $S4 22
say "ok"
