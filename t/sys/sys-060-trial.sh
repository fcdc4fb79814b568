#!/bin/bash
# --check changes nothing; --trial undoes itself, also when all is killed.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
listen 22

# Nobody is enrolled yet: the shell that asks would be cut off.
in_server env SSH_CONNECTION="$C4 5555 $S4 22" posternd --check --config "$ETC" > "$W/check" 2>&1 \
  || fail "check: $(cat "$W/check")"
grep -qi 'trial' "$W/check" || fail "no warning of being cut off: $(cat "$W/check")"
enroll alice
[ -z "$(in_server nft list ruleset)" ] || fail "--check changed the firewall"
is_open $S4 22
in_server posternd --check --dump --config "$ETC" > "$W/dump" 2>&1 || fail "dump"
grep -q "protect" "$W/dump" || fail "dump: $(cat "$W/dump")"

# Another firewall that would drop what we open is noticed.
in_server nft add table inet other
in_server nft 'add chain inet other input { type filter hook input priority 0; policy drop; }'
in_server posternd --check --config "$ETC" > "$W/check" 2>&1 || fail "check"
grep -qi 'other' "$W/check" || fail "no word of the other firewall: $(cat "$W/check")"
in_server nft delete table inet other

# A rule that keeps a protected port from being tracked is, and no other.
warns () {
  in_server nft "add rule inet other raw $1"
  in_server posternd --check --config "$ETC" > "$W/check" 2>&1 || fail "check"
  in_server nft flush chain inet other raw
  grep -q "Warning:.* has 'notrack' for tcp/22" "$W/check"
}
in_server nft add table inet other
in_server nft 'add chain inet other raw { type filter hook prerouting priority -300; }'
for rule in notrack 'tcp dport 22 notrack' 'tcp dport 20-30 notrack'; do
  warns "$rule" || fail "no warning of $rule: $(cat "$W/check")"
done
for rule in 'tcp dport 23 notrack' 'tcp dport != 22 notrack' 'udp dport 53 notrack' 'tcp dport 22 accept'; do
  warns "$rule" && fail "a warning of $rule"
done
in_server nft delete table inet other

# trial CHECKS: a trial, and the checks while it lasts.  Where the machine is
# so busy that it ends before them, a longer one.
trial () {
  for SECS in 6 30 150 600; do
    BEGIN=$SECONDS
    start --trial ${SECS}s
    ("$@") > "$W/trial.out" 2>&1 && return
    [ $((SECONDS - BEGIN)) -ge $((SECS - 1)) ] || break
    ctl close --all > /dev/null 2>&1 || :
    stop
  done
  fail "$*: $(cat "$W/trial.out")"
}

# A trial that nobody keeps.
works () {
  is_shut $S4 22
  as alice postern open web1 > "$W/out" 2>&1 || fail "open in a trial: $(cat "$W/out")"
  is_open $S4 22
  # A grant outlives a restart: end it, for what follows.
  ctl close --all > /dev/null
  is_shut $S4 22
}
trial works
until_ok sh -c "! kill -0 $POSTERND 2>/dev/null" || fail "the trial does not end"
is_open $S4 22
say "a trial ends by itself"

# Killed in the midst: the kernel undoes it.
trial is_shut $S4 22
kids=$(ps -o pid= --ppid "$POSTERND")
kill -9 "$POSTERND" $kids
until_ok connects $S4 22 || fail "still shut after the trial's time"
for pid in $kids; do
  until_ok sh -c "! kill -0 $pid 2>/dev/null" || fail "pid $pid lives on"
done
say "a trial whose processes were killed ends as well"

# Longer than nftables reads in milliseconds, up to the most.
for time in 28h 2d 3650d; do
  start --trial $time
  is_shut $S4 22
  stop
  is_open $S4 22
done
in_server posternd --config "$ETC" --trial 3651d > "$W/out" 2>&1 && fail "--trial 3651d"
grep -q "3651d: not a duration" "$W/out" || fail "$(cat "$W/out")"
sed -i "s/^  max-time .*/  max-time = '7d'/" "$ETC/access.conf"
grep -q "max-time = '7d'" "$ETC/access.conf" || fail "$(cat "$ETC/access.conf")"
start
for time in 99999s 28h 2d 7d; do
  as alice postern open web1 --for $time > "$W/out" 2>&1 || fail "--for $time: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
done
stop
as alice postern open web1 --for 3651d > "$W/out" 2>&1 && fail "--for 3651d"
grep -q "3651d" "$W/out" || fail "$(cat "$W/out")"
sed -i "s/max-time = '7d'/max-time = '8d'/" "$ETC/access.conf"
in_server posternd --check --config "$ETC" > "$W/check" 2>&1 && fail "max-time = 8d"
grep -q "access.conf:[0-9]*: max-time: '8d'" "$W/check" || fail "$(cat "$W/check")"
sed -i "s/max-time = '8d'/max-time = '60s'/" "$ETC/access.conf"
in_server nft delete table inet postern
say "long times"

# Kept.
trial ctl keep
# What would have opened the doors at the end of the trial has no end now.
in_server nft list set inet postern armed > "$W/armed"
grep -q ipv4 "$W/armed" && ! grep -q expires "$W/armed" || fail "$(cat "$W/armed")"
over () { [ $SECONDS -gt $((BEGIN + SECS + 1)) ]; }
until_ok over
ctl status > /dev/null || fail "posternd went away"
is_shut $S4 22
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
ctl close --all > /dev/null
stop
is_shut $S4 22
sed -i "/^replies/a on-stop = 'open'" "$ETC/posternd.conf"
start
is_shut $S4 22
stop
is_open $S4 22
say "ok"
