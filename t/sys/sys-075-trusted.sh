#!/bin/bash
# trusted: networks and interfaces that nothing is shut to.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
listen 22
listen 8022
enroll alice
sed -i "s|^protect.*|protect = {'tcp/22'}|" "$ETC/posternd.conf"

trust () {                      # The value of the option; empty: none.
  sed -i '/^trusted/d' "$ETC/posternd.conf"
  [ -z "$1" ] || sed -i "/^protect/a trusted = {$1}" "$ETC/posternd.conf"
}
from () {                       # from ADDRESS PORT: a fresh connection.
  in_client nc -z -w 2 -s "$1" "$S4" "$2" > /dev/null 2>&1
}
check () { in_server posternd --check --config "$ETC" "$@" > "$W/check" 2>&1; }

trust "'$C4B', '2001:db8::/64'"
start
from $C4B 22 || fail "a trusted address is shut out"
is_shut $S4 22                  # By its nearest neighbour.
is_open $S6 22                  # By a trusted prefix.
is_open $S4 8022
no_grants "trusted"
as alice postern open web1 --source $C4 --for 60s > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22                  # Requests go as without it.
ctl close --all > "$W/out"
is_shut $S4 22
say "addresses and prefixes, of both families"

# The table comes back with them.
in_server nft flush ruleset
back () { in_server nft list chain inet postern guard; }
until_ok back || fail "the table does not come back"
from $C4B 22 || fail "shut out after a flush"
is_shut $S4 22

# A reload takes them away, ...
trust ""
reload_all
from $C4B 22 && fail "no longer trusted, and let in"
is_shut $S6 22
# ... and brings an interface that is not there yet.
trust "'wg0'"
reload_all
is_shut $S4 22
is_shut $S6 22
ip link add wg0 netns "$SERVER" type veth peer name cl2 netns "$CLIENT"
ip -n "$SERVER" addr add 198.51.100.1/24 dev wg0
ip -n "$CLIENT" addr add 198.51.100.2/24 dev cl2
ip -n "$SERVER" link set wg0 up
ip -n "$CLIENT" link set cl2 up
is_open 198.51.100.1 22
is_shut $S4 22
ip -n "$SERVER" link add br0 type bridge
ip -n "$SERVER" link set wg0 master br0
ip -n "$SERVER" addr flush dev wg0
ip -n "$SERVER" addr add 198.51.100.1/24 dev br0
ip -n "$SERVER" link set br0 up
# A bridge takes a moment to forward: wait until it does.
until_ok connects 198.51.100.1 8022 || fail "the bridge is down"
is_shut 198.51.100.1 22         # What comes in by is the bridge, not its port.
trust "'br0'"
reload_all
is_open 198.51.100.1 22
is_shut $S4 22
say "an interface"

# What --check says of it.
check || fail "check"
grep -q '^Shuts nothing to: what comes in by br0$' "$W/check" || fail "$(cat "$W/check")"
! grep 'Warning: trusted' "$W/check" || fail "wg0 is warned of"
trust "'sv', '10.0.0.0/8'"
check || fail "check"
! grep 'Warning: trusted' "$W/check" || fail "there is no default route"
for route in "0.0.0.0/0 via $C4" "128.0.0.0/1 via $C4 table 7" \
  "::/0 via $C6" "0.0.0.0/0 nexthop via $C4 nexthop via 198.51.100.2"; do
  # shellcheck disable=SC2086 # A route of several words.
  ip -n "$SERVER" route add $route
  check || fail "check"
  grep -q 'Warning: trusted names the interface sv, which has a default route' "$W/check" \
    || fail "$route: $(cat "$W/check")"
  # shellcheck disable=SC2086
  ip -n "$SERVER" route del $route
done
trust "'0.0.0.0/0'"
check --dump || fail "check"
grep -q 'Warning: trusted includes 0.0.0.0/0: the protected ports are open to all of IPv4' "$W/check" || fail "$(cat "$W/check")"
grep -q "^trusted = {'0.0.0.0/0'}$" "$W/check" || fail "not in the dump: $(cat "$W/check")"
say "--check and --dump"

# What is wrong is refused, and what was in force stays.
trust "'10.0.0.1/8'"
check && fail "host bits that are set are taken"
line=$(grep -n '^trusted' "$ETC/posternd.conf" | cut -d: -f1)
grep -q "posternd.conf:$line: trusted: '10.0.0.1/8' is not a valid address" "$W/check" \
  || fail "$(cat "$W/check")"
ctl reload > "$W/out" 2>&1 && fail "a wrong configuration is loaded"
is_open 198.51.100.1 22
is_shut $S4 22
# Everybody: nothing is shut any more over IPv4.
trust "'0.0.0.0/0'"
reload_all
is_open $S4 22
is_shut $S6 22
say "ok"
