#!/bin/bash
# What ends within 30 days is told with the answer: the person's key, the door
# key, the person's access.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server
enroll alice
enroll bob
HOSTS=$W/alice/config/postern/hosts.d/web1.conf
start
asks () {
  local who=$1
  shift
  as "$who" postern "$@" > "$W/out" 2> "$W/err" || fail "$who: $*: $(cat "$W/out" "$W/err")"
}
quiet () {
  [ ! -s "$W/err" ] && ! grep -q ends "$W/out" || fail "$1: $(cat "$W/out" "$W/err")"
}
day () { date -u +%F -d "$1"; }
asks alice open web1
quiet "nothing ends"
gpg_as alice --quick-set-expire "$(fpr_of alice)" 50d
asks alice open web1
quiet "50 days"
gpg_as alice --quick-set-expire "$(fpr_of alice)" 20d
asks alice close web1
grep -q "^postern: warning: web1: your key .* expires on 20.*(in \(19\|20\) days); extend it" "$W/err" || fail "key: $(cat "$W/err")"
[ "$(wc -l < "$W/err")" = 1 ] || fail "$(cat "$W/err")"
gpg_as alice --quick-set-expire "$(fpr_of alice)" 0
cp "$HOSTS" "$W/kept"
echo "door-ends = $(date +%s -d '29 days')" >> "$HOSTS"
asks alice whoami web1
grep -q "^postern: warning: web1: its door key ends on" "$W/err" || fail "door: $(cat "$W/err")"
cp "$W/kept" "$HOSTS"
say "keys and doors"

ends () { sed -i '/expires/d' "$ETC/users.d/bob.conf"; sed -i "s/^}/  expires = '$(day "$1")'\n}/" "$ETC/users.d/bob.conf"; reload_all; }
ends '40 days'
asks bob open web1
quiet "40 days"
ends '25 days'
asks bob open web1
grep -q "opened tcp/22 .*; your access ends on $(day '25 days') " "$W/out" || fail "access: $(cat "$W/out")"
asks alice open web1
quiet "alice"
say "ok"
