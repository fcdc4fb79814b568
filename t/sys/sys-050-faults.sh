#!/bin/bash
# What opens closes and what is shut stays shut: flushed rules, restarts,
# reloads, and each process killed.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
sed -i "s|^  max-time.*|  max-time = '10m'|; s|^  ports .*|  ports = {'tcp/22', 'tcp/8022'}|" "$ETC/access.conf"
sed -i "s|^protect.*|protect = {'tcp/22', 'tcp/8022'}|" "$ETC/posternd.conf"
listen 22 8022
enroll alice
start

open_for () { as alice postern open web1 tcp/22 --for "$1" > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"; }
one_grant () { [ "$(grant_lines | grep -c '"alice"')" = 1 ] || fail "$1: $(ctl grants)"; }

# Somebody flushes the firewall: the table and its grants come back.
open_for 5m
is_open $S4 22
in_server nft flush ruleset
until_ok in_server nft list table inet postern || fail "the table did not come back"
is_shut $S4 8022
is_open $S4 22
one_grant "after a flush"
audited '"result": ?"event"'
for what in "delete table inet postern" "flush table inet postern" \
            "flush chain inet postern prerouting"; do
  in_server nft $what
  until_ok sh -c "ip netns exec $SERVER nft list table inet postern | grep -q 'fib daddr'" \
    || fail "after '$what'"
  is_shut $S4 8022
  is_open $S4 22
  say "after nft $what: as it was"
done

# A restart finds the grants as they were, and keeps the door shut between.
stop
is_shut $S4 8022
is_open $S4 22
start
one_grant "after a restart"
ctl close --all >/dev/null
is_shut $S4 22

# A reload: live grants stay; a broken configuration is refused.
open_for 5m
cp "$ETC/access.conf" "$W/access.conf"
echo "rule broken { prots = {'tcp/1'} }" >> "$ETC/access.conf"
rc=0
ctl reload > "$W/out" 2>&1 || rc=$?
[ $rc = 78 ] && [ "$(wc -l < "$W/out")" = 1 ] \
  || fail "a broken configuration: exit $rc, $(cat "$W/out")"
# Who runs the one before can be asked all the same.
ctl status > "$W/status" || fail "status beside a broken configuration"
grep -q 'access.conf:[0-9]' "$W/out" || fail "which line? $(cat "$W/out")"
grep -q "ports" "$W/out" || fail "no nearest name: $(cat "$W/out")"
is_open $S4 22
open_for 5m
cp "$W/access.conf" "$ETC/access.conf"
sed -i "s|'tcp/22', 'tcp/8022'|'tcp/22'|" "$ETC/access.conf"
reload () { ctl reload > "$W/out" 2>&1 || fail "reload: $(cat "$W/out")"; }
reload
is_open $S4 22
one_grant "after a reload"
as alice postern open web1 tcp/8022 > "$W/out" 2>&1 && fail "the old rule holds still"
audited '"result": ?"refused".*port'
cp "$W/access.conf" "$ETC/access.conf"
reload
ctl close --all >/dev/null
is_shut $S4 22

# Each process is killed; it comes back, and nothing opens meanwhile.
children () { ps -o pid=,comm= --ppid "$POSTERND"; }
for role in capture unseal verify decide act gpg-agent; do
  pid=$(children | awk -v r="$role" '$2 == r { print $1; exit }')
  [ -n "$pid" ] || fail "no $role among: $(children)"
  kill -9 "$pid"
  until_ok sh -c "ps -o pid=,comm= --ppid $POSTERND | awk -v r=$role -v p=$pid '\$2 == r && \$1 != p { f = 1 } END { exit !f }'" \
    || fail "$role did not come back"
  until_ok ctl status || fail "no status after the death of $role"
  is_shut $S4 22
  # decide's death may look like a lost store for a moment at worst.
  answers_again || fail "no answer after the death of $role"
  until_ok as alice postern open web1 tcp/22 --for 5m \
    || fail "after the death of $role: $(ctl audit --last 3)"
  is_open $S4 22
  ctl close --all >/dev/null
  is_shut $S4 22
  say "$role killed: comes back"
done

# posternd itself: its roles end with it, the door stays shut, and a grant
# ends by the kernel.
open_for 6s
roles=$(children | awk '{ print $1 }')
kill -9 "$POSTERND"
for pid in $roles; do
  until_ok sh -c "! kill -0 $pid 2>/dev/null" || fail "pid $pid lives on"
done
is_shut $S4 8022
until_ok is_silent $S4 22 || fail "does not shut"
is_shut $S4 22
start
open_for 5m
is_open $S4 22
say "ok"
