#!/bin/bash
# Short names: bob runs "who", which makes the shortest order that act takes.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person bob
person a
person alice.of.the.longest.name.of.all
server
cat >> "$ETC/access.conf" <<'END'
command who { groups = {'ops'} argv = {'/usr/bin/id', '-un'} run-as = 'nobody' }
command w { groups = {'ops'} argv = {'/usr/bin/id', '-un'} run-as = 'nobody' }
command who-is-logged-in-on-this-machine { groups = {'ops'} argv = {'/usr/bin/id', '-un'} run-as = 'nobody' }
END
enroll bob
enroll a
enroll alice.of.the.longest.name.of.all
start

# runs PERSON COMMAND: it runs, and posternd lives on.
runs () {
  local out
  out=$(as "$1" postern run web1 "$2" 2> "$W/err") \
    || fail "$1 runs $2: $(cat "$W/err")"
  [ "$out" = nobody ] || fail "$1 runs $2: '$out'"
  kill -0 "$POSTERND" 2>/dev/null || fail "$1 ran $2: posternd has ended"
}

say "names of six characters together, of two, and the longest"
runs bob who
runs a w
runs alice.of.the.longest.name.of.all who-is-logged-in-on-this-machine
runs bob who-is-logged-in-on-this-machine
runs alice.of.the.longest.name.of.all who
! grep -q 'all stops' "$W/posternd.log" || fail "a message was refused"
say ok
