#!/bin/bash
# The server's clock is moved, both ways, while it runs and while it does
# not: a request still works once, and a jump that is undone harms nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
. "$srcdir/t/sys/moved-clock.sh"
setup
person alice
server
# What is used at first must not be too old in the end.
sed -i "s/^max-ahead.*/max-ahead = '0s'/; s/^max-age.*/max-age = '10m'/" \
  "$ETC/posternd.conf"
grep -q "max-age = '10m'" "$ETC/posternd.conf" || fail "no max-age to change"
prepare_clock
listen 22
enroll alice

set_clock 0
YEAR=31536000

# After a step or a start only what is signed after it opens: max-ahead and
# the 2 s of tolerance later.
behind_us () {
  ctl horizon --json | python3 -c 'import json, sys, time
sys.exit((json.load(sys.stdin)["horizon"] or 0) >= int(time.time()))'
}
fresh_opens () {
  until_ok behind_us || fail "$1: the floor does not go: $(ctl horizon)"
  as alice postern seal open web1 --for 30s -o "$W/fresh" || fail "seal"
  send "$W/fresh"
  until_ok connects $S4 22 || { ctl audit --last 5; fail "$1: a good request does not open"; }
  ctl close --all >/dev/null
  is_shut $S4 22
  say "$1: a fresh request opens"
}
# WHAT WHY [FILE]
replay_refused () {
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "${3:-$W/first}" > "$W/message"
  refused_for "^claim: $2" send_message "$W/message"
  is_shut $S4 22
  no_grants "$1"
  say "$1: the replay is refused"
}
used="this request was used before"
old="older than max-age"
ahead="from further in the future than max-ahead"

start_shifted
fresh_opens "at first"
cp "$W/fresh" "$W/first"

set_clock $YEAR
as alice postern seal open web1 -o "$W/early" || fail "seal"
refused_for "^claim: $old" send "$W/early"
is_shut $S4 22
replay_refused "a year ahead" "$used"
ctl horizon | grep -q 'settling' || fail "horizon does not tell of the step: $(ctl horizon)"

set_clock 0
fresh_opens "a year ahead and back"
replay_refused "a year ahead and back" "$used"

# Restarted while it was ahead, then put back.
set_clock $YEAR
stop
start_shifted
replay_refused "restarted a year ahead" "$used"
stop
set_clock 0
start_shifted
fresh_opens "restarted a year ahead, and back"
replay_refused "restarted a year ahead, and back" "$used"

# Moved back: what was signed since is from the future.
set_clock -86400
as alice postern seal open web1 -o "$W/late" || fail "seal"
refused_for "^claim: $ahead" send "$W/late"
is_shut $S4 22
replay_refused "a day back" "$used"
set_clock 0
fresh_opens "a day back and right again"
replay_refused "a day back and right again" "$used"
# Its time has come, and it is spent, in whatever wrapping.
replay_refused "from the future, when its time has come" "$used" "$W/late"

# A boot ten years ahead cannot be made here; a start and a step can.
for by in $((10 * YEAR)) 7200 -7200; do
  stop
  set_clock $by
  start_shifted
  replay_refused "a start with $by s" "$used"
  set_clock 0
  fresh_opens "a start with $by s, and right again"
  replay_refused "a start with $by s, and right again" "$used"
done
say "ok"
