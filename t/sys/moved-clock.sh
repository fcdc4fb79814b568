# moved-clock.sh - For the tests that move a clock of posternd's.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Source it behind lib.sh and need.  A preloaded library, in an /etc of
# posternd's own, adds what stands in $CLOCK to its clocks: see
# preload-clock.c.

CLOCK=
[ -e "$POSTERN_BIN/t/sys/preload-clock.so" ] || skip "no preload-clock.so"
nm -D "$POSTERN_BIN/posternd" 2>/dev/null | grep -q __asan \
  && skip "the sanitizers and a preloaded clock do not go together"

# Keys are older than any clock of the tests: what a key signed before it was
# made is refused.
KEY_TIME=20200101T000000

# Behind server: the /etc is there.
prepare_clock () {
  cp -a /etc "$W/rootetc"
  cp "$POSTERN_BIN/t/sys/preload-clock.so" "$W/rootetc/postern-clock.so"
  echo /etc/postern-clock.so > "$W/rootetc/ld.so.preload"
  CLOCK=$W/rootetc/postern-clock
}

# set_clock NUMBER...: in place, as posternd has the file mapped.
set_clock () {
  python3 -c 'import os, struct, sys
numbers = list(map(int, sys.argv[2:]))
with open(sys.argv[1], "r+b" if os.path.exists(sys.argv[1]) else "wb") as f:
    f.write(struct.pack("=%dq" % len(numbers), *numbers))' "$CLOCK" "$@"
}

# As start does, with that clock.
start_shifted () {
  local before
  : >> "$W/posternd.log"
  before=$(grep -c 'posternd: ready' "$W/posternd.log" || :)
  ip netns exec "$SERVER" sh -c "mount --bind '$W/rootetc' /etc && exec posternd --config '$ETC'" \
    >>"$W/posternd.log" 2>&1 &
  POSTERND=$!
  own $POSTERND
  until_ok more_ready "$before" || fail "posternd does not start"
}
