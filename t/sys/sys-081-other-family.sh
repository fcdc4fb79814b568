#!/bin/bash
# A door that opened for an address that nobody comes from is not a success:
# IPv6 that leads nowhere, a NAT behind a global address.  What the message
# says to type cures it, and connect goes over the other family by itself.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server --address $S6
enroll alice
start
HOSTS=$W/alice/config/postern/hosts.d/web1.conf
# IPv6 is the first choice, and the packets of it get lost.
sed -i "s/'$S4', *'$S6'/'$S6', '$S4'/" "$HOSTS"
grep -q "'$S6', '$S4'" "$HOSTS" || fail "$(cat "$HOSTS")"
listen 22
shut_again () { ctl close --all > /dev/null; is_shut $S4 22; }
opens () {
  local status=$1 rc=0
  shift
  as alice "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$status" ] || fail "$*: exit $rc, not $status: $(cat "$W/out" "$W/err")"
}

# The first packet over IPv6 may get lost, before the neighbours are known.
until_ok as alice postern whoami web1 -6 --timeout 5s || fail "no IPv6"
opens 0 postern open web1
grep -q "opened tcp/22 for $C6" "$W/out" && [ ! -s "$W/err" ] || fail "near twin: $(cat "$W/out" "$W/err")"
is_open $S6 22
shut_again
in_client nft -f - <<EOF
table inet hole { chain out { type filter hook output priority 0;
  ip6 daddr $S6 drop; }; }
EOF
opens 69 postern open web1
grep -q "opened tcp/22 for $C6" "$W/out" || fail "$(cat "$W/out")"
grep -q "open for $C6, but your packet came from $C4:.*'postern open web1 tcp/22 -4'" "$W/err" || fail "$(cat "$W/err")"
is_shut $S4 22
opens 0 postern open web1 tcp/22 -4
[ ! -s "$W/err" ] || fail "$(cat "$W/err")"
is_open $S4 22
shut_again
say "IPv6 that leads nowhere: told, with what to type"

# connect needs no advice.
echo hello > "$W/hello"
relay () {
  as alice timeout 300 postern connect web1 22 "$@" < "$W/hello" > "$W/out" 2> "$W/err"
}
relay || fail "connect: $(cat "$W/err")"
cmp -s "$W/hello" "$W/out" || fail "connect: $(cat "$W/out")"
grep -q "connect: web1: nothing comes through over IPv6; opening the door for IPv4" "$W/err" || fail "$(cat "$W/err")"
shut_again
# Where the person says over what, that alone is done.
rc=0
relay -6 --timeout 2s || rc=$?
[ $rc = 69 ] && ! grep -q IPv4 "$W/err" || fail "connect -6: $rc, $(cat "$W/err")"
# Packets pass, connections do not.
in_client nft -f - <<EOF
flush table inet hole
table inet hole { chain out { ip6 daddr $S6 tcp dport 22 reject; }; }
EOF
relay || fail "connect: $(cat "$W/err")"
cmp -s "$W/hello" "$W/out" || fail "connect: $(cat "$W/out")"
grep -q "the door is open for $C6, but port 22 cannot be reached: .*; opening it for IPv4" "$W/err" || fail "$(cat "$W/err")"
rc=0
relay -6 || rc=$?
[ $rc = 69 ] && grep -q "open for $C6, but port 22 cannot be reached: .*; does a service listen there" "$W/err" \
  || fail "connect -6: $rc, $(cat "$W/err")"
in_client nft delete table inet hole
relay || fail "connect: $(cat "$W/err")"
cmp -s "$W/hello" "$W/out" && [ ! -s "$W/err" ] || fail "near twin: $(cat "$W/err")"
say "connect goes over the other family"
shut_again

# A NAT behind a global address: packets come from another of the same
# family.
in_client nft -f - <<EOF
table ip nat { chain post { type nat hook postrouting priority 100;
  ip saddr $C4 ip daddr $S4 snat to $C4B; }; }
EOF
opens 69 postern open web1 -4
grep -q "open for $C4, but the server sees you at $C4B .*--source observed" "$W/err" || fail "$(cat "$W/err")"
opens 0 postern open web1 tcp/22 -4 --source observed
grep -q "opened tcp/22 for $C4B" "$W/out" && [ ! -s "$W/err" ] || fail "$(cat "$W/out" "$W/err")"
is_open $S4 22
shut_again
# Who names somebody else's address means it.
opens 0 postern open web1 -4 --source $C4
[ ! -s "$W/err" ] || fail "$(cat "$W/err")"
say "ok"
