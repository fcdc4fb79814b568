#!/bin/bash
# A full disk: nothing is done that could not be written down; with space
# again all is well.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
at_end () { umount "$W/etc/state/decide" 2>/dev/null; }
setup
person alice
server
enroll alice
listen 22
# decide's folder on a disk of its own, which is small.
mkdir "$W/copy"
cp -a "$ETC/state/decide/." "$W/copy"
mount -t tmpfs -o size=2m,mode=700 postern-test "$ETC/state/decide" || skip "no mount"
chown --reference="$W/copy" "$ETC/state/decide"
chown _postern: "$ETC/state/decide"
cp -a "$W/copy/." "$ETC/state/decide"
start
as alice postern open web1 > "$W/out" 2>&1 || fail "$(cat "$W/out")"
is_open $S4 22
ctl close --all > /dev/null
is_shut $S4 22

dd if=/dev/zero of="$ETC/state/decide/ballast" bs=4096 2>/dev/null || :
rc=0
for i in $(seq 3); do
  as alice postern open web1 --timeout 2s > "$W/out" 2>&1 && rc=$((rc + 1))
done
[ $rc = 0 ] || fail "opened with a full disk: $(cat "$W/out")"
is_shut $S4 22
[ -z "$(grant_lines)" ] || fail "a grant"
until_ok grep -q 'claim cannot be stored' "$W/posternd.log" || fail "not logged"

rm "$ETC/state/decide/ballast"
until_ok as alice postern open web1 --timeout 3s || fail "does not recover: $(ctl audit --last 3)"
is_open $S4 22
stop
say "ok"
