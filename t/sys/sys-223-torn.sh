#!/bin/bash
# postern-keys door, killed at any of its writes: the configuration stays
# good, no key that somebody holds is lost, and a second try goes on.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace
setup
server
door () { in_server postern-keys door "$@" --config "$ETC" > "$W/door.out" 2> "$W/door.err"; }
good () { in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "--check $1: $(cat "$W/out")"; }
# torn N WHAT...: killed at its Nth write; true if it came to its end.
torn () {
  local n=$1
  shift
  strace -o /dev/null -e trace=fsync,unlink \
    -e inject=fsync,unlink:signal=KILL:when="$n" \
    postern-keys door "$@" --config "$ETC" > "$W/door.out" 2> "$W/door.err"
}

key () { cat "$ETC/doors/main.key"; }
previous () { sed 's/.* //' "$ETC/doors/main.previous" 2>/dev/null; }
interrupted=0
for n in $(seq 40); do
  rm -f "$ETC/doors/main.previous"
  first=$(key)
  if torn $n rotate main; then break; fi
  good "after rotate was killed at $n"
  [ "$(key)" = "$first" ] || [ "$(previous)" = "$first" ] || fail "killed at $n: the key is lost"
  if [ "$(key)" = "$first" ] && [ "$(previous)" = "$first" ]; then
    in_server postern-keys door list --config "$ETC" > "$W/list" 2> "$W/list.err" || fail "list"
    grep -q interrupted "$W/list" && grep -q 'completes it' "$W/list.err" || fail "not listed: $(cat "$W/list")"
    interrupted=1
  fi
  if [ "$(key)" = "$first" ]; then
    door rotate main || fail "killed at $n, rotate does not go on: $(cat "$W/door.err")"
  else
    door rotate main && fail "killed at $n: rotated twice"
  fi
  [ "$(key)" != "$first" ] && [ "$(previous)" = "$first" ] || fail "killed at $n: not rotated"
done
[ "$n" -gt 4 ] && [ "$n" -lt 40 ] && [ $interrupted = 1 ] || fail "rotate: killed at $n only"
say "rotate, killed at each of $((n - 1)) writes"

for n in $(seq 40); do
  if torn $n add spare; then break; fi
  good "after add was killed at $n"
  door add spare || grep -q 'exists already' "$W/door.err" || fail "killed at $n: $(cat "$W/door.err")"
  good "after a second add"
  door list && grep -q '^spare' "$W/door.out" || fail "killed at $n: no door"
  door remove spare || fail "remove: $(cat "$W/door.err")"
done
[ "$n" -gt 4 ] && [ "$n" -lt 40 ] || fail "add: killed at $n only"
say "add, killed at each of $((n - 1)) writes"

for n in $(seq 40); do
  door add spare >/dev/null 2>&1 || :
  door rotate spare --grace 0s && door rotate spare || fail "rotate: $(cat "$W/door.err")"
  if torn $n remove spare; then break; fi
  good "after remove was killed at $n"
  door remove spare || grep -q 'no such door' "$W/door.err" || fail "killed at $n: $(cat "$W/door.err")"
  [ -z "$(find "$ETC/doors" -name 'spare.*')" ] || fail "left: $(ls "$ETC/doors")"
done
[ "$n" -gt 3 ] && [ "$n" -lt 40 ] || fail "remove: killed at $n only"
good "in the end"
[ "$(find "$ETC/doors" -type f | wc -l)" = 3 ] || fail "left: $(ls "$ETC/doors")"
say "ok"
