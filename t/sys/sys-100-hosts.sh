#!/bin/bash
# Several hosts by one signature; and no host takes what was meant for
# another one, not even one that has the same key.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
SECOND=pt$$
at_end () { ip netns del "$SECOND" 2>/dev/null; }
setup
ip netns add "$SECOND"
ip link add c2 netns "$CLIENT" type veth peer name sv netns "$SECOND"
ip -n "$CLIENT" addr add 198.51.100.2/24 dev c2
ip -n "$SECOND" addr add 198.51.100.1/24 dev sv
ip -n "$CLIENT" link set c2 up
ip -n "$SECOND" link set sv up
ip -n "$SECOND" link set lo up
ip -n "$SECOND" route add 203.0.113.0/24 via 198.51.100.2
S2=198.51.100.1
person alice
server
enroll alice
listen 22

ETC2=$W/etc2
in_second () { ip netns exec "$SECOND" "$@"; }
in_second postern-keys init web2 --address $S2 --interface sv --config "$ETC2" \
  > "$W/init.out" 2>>"$W/init.log" || fail "init web2"
SFPR2=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC2/server.conf")
in_second postern-keys enroll alice --config "$ETC2" --key "$W/alice.pgp" \
  --fpr "$(fpr_of alice)" --group ops > "$W/alice2.invite" 2>>"$W/enroll.log" \
  || fail "enroll at web2"
as alice postern join "$W/alice2.invite" --fpr "$SFPR2" >>"$W/join.log" 2>&1 \
  || fail "join web2"
ip netns exec "$SECOND" python3 "$srcdir/t/sys/echo.py" 22 >>"$W/echo.log" 2>&1 &
own $!
ip netns exec "$SECOND" posternd --config "$ETC2" >>"$W/posternd2.log" 2>&1 &
SECOND_PID=$!
own $SECOND_PID
start
until_ok grep -q 'posternd: ready' "$W/posternd2.log" || fail "web2 does not start"
is_shut $S4 22
is_shut $S2 22

ctl2 () { in_second posternctl --config "$ETC2" "$@"; }
id_at () { "$@" grants --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])'; }
shut_all () { ctl close --all &>/dev/null || :; ctl2 close --all &>/dev/null || :; }

# One signature, two doors.
as alice postern open web1 web2 --source $C4 > "$W/out" 2>&1 || fail "$(cat "$W/out")"
is_open $S4 22 $C4
is_open $S2 22 $C4
[ "$(id_at ctl)" = "$(id_at ctl2)" ] || fail "two requests: $(id_at ctl) and $(id_at ctl2)"
shut_all
say "one signature opens two hosts"

# What is observed is for one host: two requests, where no address is for
# both; none, where the person insists; and the servers take none that was
# made otherwise.
claims2 () { ctl2 status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["claims"])'; }
as alice postern open web1 web2 > "$W/out" 2> "$W/err" || fail "$(cat "$W/out" "$W/err")"
grep -q '^postern: open: 2 hosts need 2 requests.*--source ADDRESS' "$W/err" || fail "$(cat "$W/err")"
[ "$(wc -l < "$W/out")" = 2 ] || fail "not one line a host: $(cat "$W/out")"
is_open $S4 22
is_open $S2 22
[ "$(id_at ctl)" != "$(id_at ctl2)" ] || fail "one request for two observed addresses"
shut_all
before=$(claims)/$(claims2) rc=0
as alice postern open web1 web2 --source observed > "$W/out" 2>&1 || rc=$?
[ $rc = 64 ] && grep -q "^postern: open: .*give --source ADDRESS" "$W/out" || fail "$rc: $(cat "$W/out")"
[ "$(claims)/$(claims2)" = "$before" ] || fail "something was sent"
as alice postern open web1 --source observed > "$W/out" 2>&1 || fail "one host: $(cat "$W/out")"
is_open $S4 22
shut_all
server_key
both="s/web1=$SFPR/web1=$SFPR,web2=$SFPR2/"
to_both () { # SED-SCRIPT
  text_of_request "$both;$1" > "$W/t"
  rm -f "$W/m"
  gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  send_message "$W/m"
}
refused_for 'for several servers, and the address is not signed' to_both ''
is_shut $S4 22
to_both "s/^source: .*/source: $C4/"
until_ok connects $S4 22 $C4 || fail "the near twin does not open"
shut_all
say "observed is for one host"

# What was signed for web1, encrypted anew to web2's key.
has_row2 () {
  in_second posternctl --config "$ETC2" audit --json --last 5 2>/dev/null \
    | grep -E "$1" >/dev/null
}
audited2 () {
  until_ok has_row2 "$1" && return 0
  in_second posternctl --config "$ETC2" audit --last 5 || :
  fail "no audit row of web2 says '$1'"
}
text_of_request > "$W/t"
gpg_as alice --no-options --compress-algo none -s -o "$W/blob" "$W/t"
GNUPGHOME=$ETC2/state/root gpg --batch --quiet --export "$SFPR2" > "$W/server2.pgp"
gpg_as alice --no-options --no-literal --compress-algo none -f "$W/server2.pgp" \
  -e -o "$W/m" "$W/blob"
"$POSTERN_BIN/t/sys/tool-seal" wrap "$ETC2/doors/main.key" < "$W/m" > "$W/dgram"
send "$W/dgram" $S2
audited2 'not addressed'
is_shut $S2 22
# Its near twin: the same way, signed for web2.
text_of_request "s/web1=$SFPR/web2=$SFPR2/" > "$W/t"
rm -f "$W/blob" "$W/m"
gpg_as alice --no-options --compress-algo none -s -o "$W/blob" "$W/t"
gpg_as alice --no-options --no-literal --compress-algo none -f "$W/server2.pgp" \
  -e -o "$W/m" "$W/blob"
"$POSTERN_BIN/t/sys/tool-seal" wrap "$ETC2/doors/main.key" < "$W/m" > "$W/dgram"
send "$W/dgram" $S2
until_ok connects $S2 22 || fail "the near twin does not open"
ctl2 close --all >/dev/null
say "encrypted anew to another server: refused"

# web2 gets web1's key and door: still another host.
end_pid "$SECOND_PID"
rm -rf "$ETC2/state/agent"
cp -a "$ETC/state/agent" "$ETC2/state/agent"
rm -f "$ETC2"/state/agent/S.*
cp -a "$ETC/doors/main.key" "$ETC2/doors/main.key"
cp "$ETC/server.conf" "$ETC2/server.conf"
sed -i "s/$SFPR2/$SFPR/" "$ETC2/posternd.conf"
: > "$W/posternd2.log"
ip netns exec "$SECOND" posternd --config "$ETC2" >>"$W/posternd2.log" 2>&1 &
own $!
until_ok grep -q 'posternd: ready' "$W/posternd2.log" || fail "web2 does not start again"
as alice postern seal open web1 --source observed -o "$W/dgram" || fail "seal"
send "$W/dgram" $S2
audited2 'not addressed'
is_shut $S2 22
send "$W/dgram"
until_ok connects $S4 22 || fail "web1 does not take its own"
say "two servers that share a key: refused by the other one"

# The control socket, by gpg's own tool.
in_server gpg-connect-agent -S "$ETC/run/control" STATUS GRANTS /bye > "$W/out" 2>&1 \
  || fail "gpg-connect-agent: $(cat "$W/out")"
grep -q '"host":"web1"' "$W/out" || fail "$(cat "$W/out")"
grep -q '"user":"alice"' "$W/out" || fail "$(cat "$W/out")"
say "ok"
