#!/bin/bash
# One signed packet opens a port: IPv4 and IPv6, for the asker alone, for a
# time; connections live on; the person can end it.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server --protect tcp/22,tcp/8022,udp/5000
sed -i "s|^  ports .*|  ports = {'tcp/22', 'tcp/8022'}|" "$ETC/access.conf"
listen 22 8022 9000
is_open $S4 22
enroll alice
enroll bob
start

# Shut to all, but for what is not protected; silent, and on loopback never.
is_shut $S4 22
is_shut $S6 22
is_open $S4 9000
in_server nc -z -w 1 127.0.0.1 22 || fail "loopback is shut"

# Opened for the asker's address alone, and only what was asked.
as alice postern open web1 tcp/22 > "$W/out" || fail "open: $(cat "$W/out")"
grep -q 'opened tcp/22 for 203.0.113.2' "$W/out" || fail "$(cat "$W/out")"
is_open $S4 22
is_shut $S4 8022
is_shut $S6 22
connects $S4 22 $C4B && fail "open for another address"
audited '"result": ?"done".*"user": ?"alice"'

# A connection made under the grant outlives it; a fresh one does not.
mkfifo "$W/in"
ctl close --all > /dev/null
as alice postern open web1 tcp/22 --for 15s > "$W/out" || fail "open: $(cat "$W/out")"
ip netns exec "$CLIENT" nc $S4 22 < "$W/in" > "$W/lives" &
own $!
exec 5> "$W/in"
echo one >&5
until_ok grep -q one "$W/lives" || fail "no echo"
until_ok is_silent $S4 22 || fail "does not shut"
is_shut $S4 22
echo two >&5
until_ok grep -q two "$W/lives" || fail "the connection died"
exec 5>&-

# IPv6, for what the client asks with --source.
as alice postern open web1 tcp/8022 --source $C6 --for 20s > "$W/out" \
  || fail "open IPv6: $(cat "$W/out")"
is_open $S6 8022
is_shut $S4 8022

# Longer than the rule allows is cut, and said.
as alice postern open web1 tcp/22 --for 1h > "$W/out" || fail "open --for 1h"
grep -qi 'cut\|60 s\|1m' "$W/out" || fail "not said: $(cat "$W/out")"
[ "$(grant_lines | grep -c '"alice"')" = 2 ] || fail "two grants"

# bob's close ends nothing of alice's; alice's own does.
as bob postern close web1 >"$W/out" 2>&1 || :
is_open $S4 22
as alice postern close web1 > "$W/out" || fail "close: $(cat "$W/out")"
is_shut $S4 22
is_shut $S6 8022

# By id, at the server.
as alice postern open web1 tcp/22 --for 30s > "$W/out"
is_open $S4 22
id=$(grant_lines | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["id"])')
ctl close "$id" > /dev/null
is_shut $S4 22

# What no rule allows is refused, with the reason, and exit 77.
rc=0
as alice postern open web1 udp/5000 > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] || fail "exit $rc: $(cat "$W/out")"
audited '"result": ?"refused".*port'
rc=0
as alice postern open web1 --source 203.0.113.77 > "$W/out" 2>&1 || rc=$?
[ $rc = 0 ] || fail "a signed address is allowed by this rule: $(cat "$W/out")"

# --user: the person's own name, or one of their logins; no other.
as alice postern whoami web1 --user alice > "$W/out" 2>&1 || fail "--user: $(cat "$W/out")"
refused_for "^policy: the name in user is not this person" \
  in_client sh -c "! env GNUPGHOME='$W/alice/gnupg' XDG_CONFIG_HOME='$W/alice/config' postern whoami web1 --user bob > '$W/out' 2>&1"

as alice postern whoami web1 > "$W/out" || fail "whoami"
grep -q 203.0.113.2 "$W/out" || fail "whoami: $(cat "$W/out")"
as alice postern hosts | grep -q web1 || fail "hosts"

# seal writes the datagram; anything can carry it.
as alice postern seal open web1 tcp/22 --for 20s -o "$W/dgram" || fail "seal"
is_shut $S4 22
send "$W/dgram"
audited '"result": ?"done".*tcp/22'
is_open $S4 22
say "ok"
