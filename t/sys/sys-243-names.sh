#!/bin/bash
# Patterns for hosts, what hosts.conf says by default, and more hosts than
# fit into one packet; on two servers.
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
server --address $S6
enroll alice
listen 22
ETC2=$W/etc2
in_second () { ip netns exec "$SECOND" "$@"; }
ctl2 () { in_second posternctl --config "$ETC2" "$@"; }
in_second postern-keys init web2 --address $S2 --interface sv --config "$ETC2" \
  > "$W/init.out" 2>>"$W/init.log" || fail "init web2"
SFPR2=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC2/server.conf")
in_second postern-keys enroll alice --config "$ETC2" --key "$W/alice.pgp" \
  --fpr "$(fpr_of alice)" --group ops > "$W/alice2.invite" 2>>"$W/enroll.log" || fail "enroll at web2"
as alice postern join "$W/alice2.invite" --fpr "$SFPR2" >>"$W/join.log" 2>&1 || fail "join web2"
ip netns exec "$SECOND" python3 "$srcdir/t/sys/echo.py" 22 >>"$W/echo.log" 2>&1 &
own $!
ip netns exec "$SECOND" posternd --config "$ETC2" >>"$W/posternd2.log" 2>&1 &
own $!
start
until_ok grep -q 'posternd: ready' "$W/posternd2.log" || fail "web2 does not start"
HOSTS=$W/alice/config/postern/hosts.conf JOINED=$W/alice/config/postern/hosts.d
id_at () { "$@" grants --json | python3 -c 'import json, sys
print(([g["id"] for g in json.load(sys.stdin)] or ["none"])[0])'; }
shut_all () { ctl close --all >/dev/null 2>&1 || :; ctl2 close --all >/dev/null 2>&1 || :; }

# A pattern; what it leaves out; what matches nothing.
as alice postern open 'web*' --source $C4 > "$W/out" 2>&1 || fail "web*: $(cat "$W/out")"
is_open $S4 22 $C4
is_open $S2 22 $C4
[ "$(id_at ctl)" = "$(id_at ctl2)" ] || fail "two signatures for two hosts"
shut_all
as alice postern open 'web*' '!web2' > "$W/out" 2>&1 || fail "without web2: $(cat "$W/out")"
is_open $S4 22
is_shut $S2 22
as alice postern open web2 > "$W/out" 2>&1 || fail "web2: $(cat "$W/out")"
as alice postern close '*' > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
[ "$(grep -c ': closed' "$W/out")" = 2 ] || fail "close '*': $(cat "$W/out")"
is_shut $S4 22
is_shut $S2 22
rc=0
as alice postern open 'web*' '!wbe2' > "$W/out" 2>&1 || rc=$?
[ $rc = 68 ] && grep -q "did you mean 'web2'" "$W/out" || fail "a slip: $rc: $(cat "$W/out")"
is_shut $S4 22
say "patterns"

# text_of VERB ARGUMENTS: the request as it would be signed.
text_of () {
  as alice postern seal "$@" -o "$W/dgram" 2>"$W/err" || fail "seal $*: $(cat "$W/err")"
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/dgram" > "$W/inner" || fail "unwrap"
  GNUPGHOME=$ETC/state/root gpg --batch --quiet --decrypt "$W/inner" 2>>"$W/gpg.log" || :
}
says () {
  local expected=$1
  shift
  text_of "$@" > "$W/text"
  grep -qx "$expected" "$W/text" || fail "$* does not say '$expected': $(cat "$W/text")"
}
says_not () {
  local pattern=$1
  shift
  text_of "$@" > "$W/text"
  ! grep -q "$pattern" "$W/text" || fail "$* says '$pattern': $(cat "$W/text")"
}
says_not '^for:' open web1
says "source: $C4" open web1
cp "$HOSTS" "$W/hosts.plain"
cp -a "$JOINED" "$W/joined.plain"
plain () { rm -r "$JOINED"; cp -a "$W/joined.plain" "$JOINED"; cp "$W/hosts.plain" "$HOSTS"; }
sed -i "s/^default {/&\n  for = '45s'\n  source = 'observed'/" "$HOSTS"
says 'for: 45' open web1
says 'source: observed' open web1
says 'for: 20' open web1 --for 20s
says "source: $C4B" open web1 --source $C4B
says_not '^for:' close web1
printf "host web1 {\n  for = '50s'  # by hand\n}\n" >> "$HOSTS"
says 'for: 50' open web1
as alice postern hosts show web1 | grep -q 'for  *50s' || fail "not shown"
# Two hosts that are asked otherwise take two requests.
as alice postern open 'web*' > "$W/out" 2>"$W/err" || fail "two requests: $(cat "$W/out" "$W/err")"
grep -q '2 hosts need 2 requests' "$W/err" || fail "not said: $(cat "$W/err")"
[ "$(id_at ctl)" != "$(id_at ctl2)" ] || fail "one signature for two requests"
is_open $S4 22
is_open $S2 22
as alice postern open 'web*' --json 2>/dev/null | python3 -c '
import json, sys
rows = json.load(sys.stdin)
assert [r["host"] for r in rows] == ["web1", "web2"], rows
assert rows[0]["request"] != rows[1]["request"]' || fail "JSON of two requests"
shut_all
# The family, for a host alone.
sed -i "s/^host web1 {/&\n  family = 'ipv6'/" "$HOSTS"
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami over IPv6: $(cat "$W/out")"
grep -q "at $C6," "$W/out" || fail "not over IPv6: $(cat "$W/out")"
as alice postern whoami web1 -4 > "$W/out" 2>&1 || fail "whoami over IPv4"
grep -q "at $C4," "$W/out" || fail "not over IPv4: $(cat "$W/out")"
say "defaults"

# More hosts than fit into one packet: all are asked, by few signatures.
plain
for n in $(seq 10 25); do
  for part in doors keys; do
    for f in "$W/alice/config/postern/$part/web1".*; do cp -p "$f" "${f%/*}/node$n.${f##*.}"; done
  done
  sed /^host/d "$JOINED/web1.conf" > "$JOINED/node$n.conf"
done
rc=0
as alice postern open '*' --source $C4 --timeout 6s > "$W/out" 2>"$W/err" || rc=$?
[ $rc = 69 ] || fail "18 hosts: exit $rc: $(cat "$W/out" "$W/err")"
grep -q '18 hosts need [34] requests' "$W/err" || fail "18 hosts: $(cat "$W/err")"
[ "$(wc -l < "$W/out")" = 18 ] || fail "not one line a host: $(cat "$W/out")"
[ "$(grep -c 'opened tcp/22' "$W/out")" -ge 2 ] || fail "$(cat "$W/out")"
is_open $S4 22 $C4
is_open $S2 22 $C4
shut_all
plain
say "18 hosts: $(cat "$W/err")"

# A door that ends.
door_ends () { plain; echo "door-ends = $(date +%s -d "$1")" >> "$JOINED/web1.conf"; }
door_ends '10 days'
as alice postern hosts > "$W/out" 2>"$W/err" || fail "hosts"
grep -q 'web1: its door key ends on .*in [0-9]* days.*fresh invite' "$W/err" || fail "no warning: $(cat "$W/err")"
as alice postern open web1 > "$W/out" 2>"$W/err" || fail "open by a door that will end: $(cat "$W/err")"
grep -q 'its door key ends' "$W/err" && grep -q opened "$W/out" || fail "$(cat "$W/out" "$W/err")"
door_ends '40 days'
as alice postern hosts > "$W/out" 2>"$W/err" && [ ! -s "$W/err" ] || fail "warns early: $(cat "$W/err")"
door_ends 'yesterday'
as alice postern hosts > "$W/out" 2>"$W/err" || fail "hosts"
grep -q 'web1 .* ended' "$W/out" && grep -q 'door key ended on' "$W/err" || fail "$(cat "$W/out" "$W/err")"
as alice postern hosts --json 2>/dev/null | grep -q 'its door key ended' || fail "no warning in JSON"
rc=0
as alice postern open web1 > "$W/out" 2>"$W/err" || rc=$?
[ $rc = 78 ] && grep -q "the door key of web1 has ended.*postern join" "$W/err" || fail "$rc: $(cat "$W/err")"

# Hosts that cannot be asked hold up no others.
shut_all
sed "s/$S2/nosuch.invalid/" "$JOINED/web2.conf" > "$JOINED/yonder.conf"
rc=0
as alice postern open '*' --json > "$W/out" 2>"$W/err" || rc=$?
[ $rc = 78 ] || fail "exit $rc: $(cat "$W/out" "$W/err")"
python3 - "$W/out" <<'PY' || fail "$(cat "$W/out" "$W/err")"
import json, sys
rows = {r["host"]: r for r in json.load(open(sys.argv[1]))}
assert "has ended" in rows["web1"]["reason"] and rows["web1"]["sent"] == 0
assert "nosuch.invalid" in rows["yonder"]["reason"]
assert rows["web2"]["result"] == "done"
PY
is_open $S2 22
is_shut $S4 22
as alice postern open '*' > "$W/out" 2>/dev/null || :
grep -q '^web1: not sent: the door key of web1 has ended' "$W/out" \
  && grep -q '^web2: opened' "$W/out" || fail "$(cat "$W/out")"
say "ok"
