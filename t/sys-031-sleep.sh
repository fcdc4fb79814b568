#!/bin/bash
# The machine sleeps while a port is open: CLOCK_BOOTTIME jumps, the kernel's
# own timeouts do not.  What is over is shut when it wakes, no list forgets
# what is open, and what is not over goes on for as long as it was granted.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
[ -e "$POSTERN_BIN/t/preload-clock.so" ] || skip "no preload-clock.so"
nm -D "$POSTERN_BIN/posternd" 2>/dev/null | grep -q __asan \
  && skip "the sanitizers and a preloaded clock do not go together"
setup
person alice
server
# As sealed here, it is from before the sleep.
sed -i "s/^max-age.*/max-age = '1d'/" "$ETC/posternd.conf"
grep -q "max-age = '1d'" "$ETC/posternd.conf" || fail "no max-age to change"
sed -i "s/max-time *=.*/max-time = '2h'/" "$ETC/access.conf"
grep -q "max-time = '2h'" "$ETC/access.conf" || fail "no max-time to change"
for home in unseal verify; do
  echo ignore-time-conflict >> "$ETC/state/$home/gpg.conf"
done
listen 22
enroll alice

cp -a /etc "$W/rootetc"
cp "$POSTERN_BIN/t/preload-clock.so" "$W/rootetc/postern-clock.so"
echo /etc/postern-clock.so > "$W/rootetc/ld.so.preload"
# The machine has slept for SECONDS in all.
slept () {
  python3 -c 'import struct, sys
f = open(sys.argv[1], "r+b" if int(sys.argv[2]) else "wb")
f.write(struct.pack("=qq", int(sys.argv[2]), int(sys.argv[2])))' "$W/rootetc/postern-clock" "$1"
}
slept 0
ip netns exec "$SERVER" sh -c "mount --bind '$W/rootetc' /etc && exec posternd --config '$ETC'" \
  >>"$W/posternd.log" 2>&1 &
POSTERND=$!
own $POSTERND
until_ok more_ready 0 || fail "posternd does not start"

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
