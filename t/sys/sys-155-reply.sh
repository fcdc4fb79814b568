#!/bin/bash
# The reply leaves whoever has bound the port, the port behaves like its
# neighbours, and where a reply cannot leave, log and status say so.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need setpriv
setup
person alice
server
listen 22
enroll alice
start

# Ask at ADDRESS; only a reply makes this succeed.
ask () {
  sed -i "s/address *=.*/address = '$1'/" "$W/alice/config/postern/hosts.d/web1.conf"
  timeout 300 ip netns exec "$CLIENT" env GNUPGHOME="$W/alice/gnupg" \
    HOME="$W/alice" XDG_CONFIG_HOME="$W/alice/config" \
    postern whoami web1 > "$W/out" 2>&1
}

# hold ADDRESS [reuse]: a user without any rights binds the port there.
hold () {
  rm -f "$W/hold"
  ip netns exec "$SERVER" setpriv --reuid 65534 --regid 65534 --clear-groups \
    --inh-caps=-all --bounding-set=-all python3 - "$@" > "$W/hold" 2>&1 <<'PY' &
import signal, socket, sys
v6 = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[2:]:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind((sys.argv[1], 62201))
print("bound", flush=True)
signal.pause()
PY
  HOLDER=$!
  own $HOLDER
  until_ok grep -q bound "$W/hold" || fail "cannot bind: $(cat "$W/hold")"
}

for at in "0.0.0.0" "0.0.0.0 reuse" ":: " ":: reuse" "$S4" "$S6"; do
  hold $at
  for address in $S4 $S6; do
    ask $address || fail "port held at $at, asked at $address: $(cat "$W/out")"
  done
  end_pid $HOLDER
  wait $HOLDER 2>/dev/null || :
done
say "whoever has bound the port, the reply comes"

# Whether the port is one at which nothing listens: the host answers for it
# as for its neighbour.
in_client python3 - $S4 $S6 <<'PY' || fail "the port differs from its neighbour"
import socket, sys
def told(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(30)
    s.connect((address, port))
    s.send(b"x")
    try:
        s.recv(100)
        return "data"
    except OSError as e:
        return e.errno
for address in sys.argv[1:]:
    answers = [told(address, port) for port in (62200, 62201)]
    assert answers[0] == answers[1] == 111, (address, answers)
PY
[ -z "$(in_server ss -Hlun 'sport = :62201')" ] || fail "something listens"
say "the port behaves like its neighbour"

# The host's own firewall keeps replies in: said once, and in the status, until
# it works again.
status_of () { ctl status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["replies"].get(sys.argv[1], "none"))' "$1"; }
warnings () { grep -c 'warning: no reply can be sent' "$W/posternd.log" || :; }
keep_in () {
  in_server nft -f - <<'NFT'
table inet keep {
  chain out {
    type filter hook output priority 0; policy accept;
    udp sport 62201 drop
  }
}
NFT
}
[ "$(status_of error)" = none ] || fail "an error: $(status_of error)"
[ "$(warnings)" = 0 ] || fail "a warning without a cause"
sent=$(status_of sent)
keep_in
as alice postern seal open web1 -o "$W/one" || fail "seal"
as alice postern seal open web1 -o "$W/two" || fail "seal"
failed_more () { [ "$(status_of failed)" -ge "$1" ]; }
send "$W/one"
until_ok failed_more 1 || fail "the status counts no failure"
send "$W/two"
until_ok failed_more 2 || fail "the status counts no second failure"
[ "$(warnings)" = 1 ] || fail "$(warnings) warnings"
grep 'no reply can be sent' "$W/posternd.log" | grep -q "$S4 udp/62201.*firewall" \
  || fail "$(grep 'no reply can be sent' "$W/posternd.log")"
[ "$(status_of error)" = 'Operation not permitted' ] || fail "status: $(status_of error)"
[ "$(status_of sent)" = "$sent" ] || fail "something was sent"
in_server nft delete table inet keep
ask $S4 || fail "with the firewall open again: $(cat "$W/out")"
[ "$(status_of error)" = none ] || fail "still an error: $(status_of error)"
grep -q 'replies can be sent again' "$W/posternd.log" || fail "the log is silent"
keep_in
send_again () { as alice postern seal open web1 -o "$W/three" && send "$W/three"; }
send_again || fail "seal"
until_ok failed_more 3 || fail "not counted"
until_ok [ "$(warnings)" = 2 ] || fail "not warned of again"
say "a reply that cannot be sent is told"
in_server nft delete table inet keep

# A port that only root may bind.
stop
sed -i 's/^port *=.*//; $ a port = 500' "$ETC/posternd.conf"
sed -i 's/port *=.*/port = 500/' "$W/alice/config/postern/hosts.d/web1.conf"
start
ask $S4 || fail "port 500: $(cat "$W/out")"
say "from a low port as well"
say "ok"
