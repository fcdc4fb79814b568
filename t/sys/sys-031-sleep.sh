#!/bin/bash
# The machine sleeps while a port is open: CLOCK_BOOTTIME jumps, the kernel's
# own timeouts do not.  What is over is shut when it wakes, no list forgets
# what is open, and what is not over goes on for as long as it was granted.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
. "$srcdir/t/sys/moved-clock.sh"
setup
person alice
server
# As sealed here, it is from before the sleep.
sed -i "s/^max-age.*/max-age = '1d'/" "$ETC/posternd.conf"
grep -q "max-age = '1d'" "$ETC/posternd.conf" || fail "no max-age to change"
sed -i "s/max-time *=.*/max-time = '2h'/" "$ETC/access.conf"
grep -q "max-time = '2h'" "$ETC/access.conf" || fail "no max-time to change"
prepare_clock
listen 22
enroll alice

# The machine has slept for SECONDS in all.
slept () { set_clock "$1" "$1"; }
slept 0
start_shifted

opens () {
  as alice postern seal open web1 --for "$1" -o "$W/sealed" || fail "seal"
  send "$W/sealed"
  until_ok connects $S4 22 || { ctl audit --last 5; fail "a good request does not open"; }
}
# The longest time, in seconds, that the kernel lets an element live.
kernel_left () {
  ip netns exec "$SERVER" nft -j list ruleset | python3 -c 'import json, sys
left = [0]
for o in json.load(sys.stdin)["nftables"]:
    for e in o.get("set", {}).get("elem", []):
        if isinstance(e, dict):
            left.append(e["elem"].get("expires", 0))
print(max(left))'
}
few_left () { [ "$(kernel_left)" -le "$1" ]; }
listed () { ctl grants | grep -c alice; }

opens 1h
[ "$(kernel_left)" -gt 3000 ] || fail "an hour was granted: $(kernel_left)"
# posternctl wakes act, as its timer does where the machine slept in truth.
slept 1800
[ "$(listed)" = 1 ] || fail "half of its time is left: $(ctl grants)"
until_ok few_left 1800 || fail "the kernel's time was not corrected: $(kernel_left)"
connects $S4 22 || fail "what is not over was shut"
say "half of it slept over: open, for what is left"

slept 3700
[ "$(listed)" = 0 ] || fail "it is over: $(ctl grants)"
until_ok few_left 0 || fail "the kernel has it still: $(kernel_left)"
is_shut $S4 22
say "all of it slept over: shut, and not listed"

opens 1h
[ "$(listed)" = 1 ] || fail "not listed: $(ctl grants)"
say "ok"
