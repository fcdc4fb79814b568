#!/bin/bash
# A start that fails leaves the doors as on-fail says: shut by the last good
# table, at boot too, or open where the configuration cannot be read or the
# table not be loaded, and for no other cause.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
enroll alice
listen 22

# What the unit would run, for this state.
UNIT=$srcdir/contrib/postern-shut.service
EARLY=$(sed -n 's/^ExecStart=//p' "$UNIT" \
  | sed "s,@pkglibexecdir@,$POSTERN_BIN,; s,@localstatedir@/lib/postern,$ETC/state,")
GOOD=$(sed -n 's/^ConditionPathExists=//p' "$UNIT" \
  | sed "s,@localstatedir@/lib/postern,$ETC/state,")
[ -x "${EARLY%% *}" ] || fail "the unit runs '$EARLY'"
early () { in_server env -i $EARLY > "$W/early.log" 2>&1; }
# A reboot: no table, and no grant in the book; the clocks are for others.
boot () {
  in_server nft flush ruleset
  rm -rf "$ETC/run/act" "$ETC/run/posternd.pid"
  is_open $S4 22
}
# fails CODE [OPTION...]: a start that does.
fails () {
  local want=$1 rc=0
  shift
  timeout 300 ip netns exec "$SERVER" posternd --config "$ETC" "$@" \
    > "$W/fails.log" 2>&1 || rc=$?
  [ $rc = "$want" ] || fail "exit code $rc, not $want: $(cat "$W/fails.log")"
}
set_option () {
  sed -i "/^$1 /d; /^replies/a $1 = '$2'" "$ETC/posternd.conf"
}
# What posternd cannot know: commands that a person has typed wrongly.
break_config () { echo "frob = 1" >> "$ETC/posternd.conf"; }
mend_config () { sed -i '/^frob/d' "$ETC/posternd.conf"; }

# Before the first start nothing is kept, and nothing hinders the boot.
early || fail "the early unit without a file: $(cat "$W/early.log")"
[ ! -s "$W/early.log" ] || fail "it says $(cat "$W/early.log")"
[ ! -e "$GOOD" ] || fail "there is a table before the first start"
is_open $S4 22
# A trial is no last good table until it is kept.
start --trial 60s
is_shut $S4 22
[ ! -e "$GOOD" ] || fail "a trial is kept"
ctl keep > /dev/null || fail "keep"
[ -s "$GOOD" ] || fail "what was kept is not"
stop
rm "$GOOD"
in_server nft flush ruleset
start
is_shut $S4 22
[ "$(stat -c %a:%u "$GOOD" "$ETC/state/last" | tr '\n' ' ')" = "600:0 700:0 " ] \
  || fail "$(stat -c %a:%u "$GOOD" "$ETC/state/last")"
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
stop

# At boot the early unit shuts, with no grant.
boot
early || fail "early: $(cat "$W/early.log")"
is_shut $S4 22
is_shut $S6 22
in_server nc -z -w 2 127.0.0.1 22 || fail "loopback is shut"
# A table that is there stays, with its grants.
in_server nft add element inet postern grant4 "{ $C4 . 6 . 22 timeout 60s }"
early || fail "early: $(cat "$W/early.log")"
is_open $S4 22
start
is_shut $S4 22
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
ctl close --all > /dev/null
stop
say "at boot"

# Each way to fail, without the early unit's help.
break_config
boot
fails 78
grep -q 'posternd.conf:.*frob' "$W/fails.log" || fail "$(cat "$W/fails.log")"
is_shut $S4 22
fails 78                        # As often as it is tried.
is_shut $S4 22
mend_config
mv "$ETC/posternd.conf" "$W/apart"
boot
fails 78
is_shut $S4 22
mv "$W/apart" "$ETC/posternd.conf"
mv "$ETC/access.conf" "$W/apart"
boot
fails 78
is_shut $S4 22
mv "$W/apart" "$ETC/access.conf"
# What a trial does it undoes; a failed one does nothing.
break_config
boot
fails 78 --trial 5m
is_open $S4 22
mend_config
# The folder itself, when it is said where the state is.
mv "$ETC/state" "$W/state"
mv "$ETC" "$W/none"
in_server nft flush ruleset
fails 78 --state "$W/state"
is_shut $S4 22
mv "$W/none" "$ETC"
mv "$W/state" "$ETC/state"
# A full runtime folder.
mount -t tmpfs -o size=4k,mode=755 full "$ETC/run"
in_server nft flush ruleset
head -c 4096 /dev/zero > "$ETC/run/full" 2>/dev/null || :
rc=0
timeout 300 ip netns exec "$SERVER" posternd --config "$ETC" \
  > "$W/fails.log" 2>&1 || rc=$?
[ $rc = 73 ] && grep -q 'posternd.pid: No space left' "$W/fails.log" \
  || fail "a full runtime folder: $rc, $(cat "$W/fails.log")"
[ "$(grep -c '^posternd: .*No space' "$W/fails.log")" = 1 ] || fail "$(cat "$W/fails.log")"
is_shut $S4 22
umount "$ETC/run"
# A program that is missing.
mkdir "$W/libexec"
for program in act agent capture decide muster shut unseal verify vouch; do
  ln -s "$POSTERN_BIN/$program" "$W/libexec/$program"
done
rm "$W/libexec/decide"
boot
(export POSTERN_LIBEXEC="$W/libexec"; fails 72)
is_shut $S4 22
ln -s "$POSTERN_BIN/decide" "$W/libexec/decide"
# And when all is well again it comes up.
boot
start
is_shut $S4 22
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
ctl close --all > /dev/null
stop
say "a start that fails leaves the doors shut"

# act that cannot get past its store: the doors are shut all the same, also
# where no table was ever good.
rm "$GOOD"
boot
mkdir -p -m 700 "$ETC/run/act/grants.db"
ip netns exec "$SERVER" posternd --config "$ETC" > "$W/act.log" 2>&1 &
own $!
until_ok grep -q 'act (pid .*starting it again' "$W/act.log" || fail "act begins: $(cat "$W/act.log")"
is_shut $S4 22
[ ! -e "$GOOD" ] || fail "a table is good that act could not vouch for"
rmdir "$ETC/run/act/grants.db"
until_ok grep -q 'posternd: ready' "$W/act.log" || fail "it does not come up by itself"
[ -s "$GOOD" ] || fail "no table is kept"
end_pid $!
say "act"

# on-stop is for a stop in order, on-fail for a start that fails.
set_option on-stop open
start
stop
is_open $S4 22
break_config
fails 78
is_shut $S4 22
mend_config
# A stop before act has begun is a stop in order too.
rm "$W/libexec/act"
printf '#!/bin/sh\necho $$ > %s/held\nexec sleep 600\n' "$W" > "$W/libexec/act"
chmod 755 "$W/libexec/act"
in_server nft flush ruleset
POSTERN_LIBEXEC=$W/libexec ip netns exec "$SERVER" posternd --config "$ETC" \
  > "$W/held.log" 2>&1 &
held=$!
own $held
until_ok test -s "$W/held" || fail "act is not started: $(cat "$W/held.log")"
is_shut $S4 22
rc=0
kill "$held"
wait "$held" || rc=$?
[ $rc = 0 ] || fail "stopped with $rc: $(cat "$W/held.log")"
is_open $S4 22
set_option on-stop keep
say "on-stop"

# 'open', as it was when the table was last loaded.
set_option on-fail open
start
is_shut $S4 22
stop
is_shut $S4 22
# Not for what a role could bring about.
boot
rm "$W/libexec/act"
(export POSTERN_LIBEXEC="$W/libexec"; fails 72)
is_shut $S4 22
mount -t tmpfs -o size=4k,mode=755 full "$ETC/run"
head -c 4096 /dev/zero > "$ETC/run/full" 2>/dev/null || :
in_server nft flush ruleset
fails 73
is_shut $S4 22
umount "$ETC/run"
# For a configuration that cannot be read: a table that is left goes.
break_config
fails 78
grep -q "all ports are open: on-fail was 'open'" "$W/fails.log" || fail "$(cat "$W/fails.log")"
is_open $S4 22
[ -z "$(in_server nft list tables)" ] || fail "a table is left"
# The early unit shuts until then, whatever on-fail is.
early || fail "early: $(cat "$W/early.log")"
is_shut $S4 22
fails 78
is_open $S4 22
mend_config
# And where the table cannot be loaded; its twin stays shut by the old one.
printf '#!/bin/sh\nLD_PRELOAD=%s/t/sys/preload-nft.so exec %s/act "$@"\n' \
  "$POSTERN_BIN" "$POSTERN_BIN" > "$W/libexec/act"
chmod 755 "$W/libexec/act"
refuses_table () {
  : > "$W/table.log"
  POSTERN_LIBEXEC=$W/libexec ip netns exec "$SERVER" posternd --config "$ETC" \
    > "$W/table.log" 2>&1 &
  own $!
  until_ok grep -q 'act (pid .*starting it again' "$W/table.log" \
    || fail "act begins: $(cat "$W/table.log")"
  grep -q 'the table cannot be made' "$W/table.log" || fail "$(cat "$W/table.log")"
}
refuses_table
grep -q "all ports are open: on-fail is 'open'" "$W/table.log" || fail "$(cat "$W/table.log")"
is_open $S4 22
end_pid $!
set_option on-fail shut
start
stop
refuses_table
is_shut $S4 22
end_pid $!
say "on-fail = 'open'"

# Only root's own file counts.
mistrusted () {
  boot
  rc=0
  early || rc=$?
  [ $rc = 77 ] && grep -q "$1 is not used: it must belong to root" "$W/early.log" \
    || fail "$1: $rc, $(cat "$W/early.log")"
  is_open $S4 22
}
chmod 620 "$GOOD"
mistrusted "$GOOD"
chmod 600 "$GOOD"
chown _postern "$GOOD"
mistrusted "$GOOD"
chown root "$GOOD"
mv "$GOOD" "$W/table"
ln -s "$W/table" "$GOOD"
mistrusted "$GOOD"
mv "$W/table" "$GOOD"
chmod 770 "${GOOD%/*}"
mistrusted "${GOOD%/*}"
chmod 700 "${GOOD%/*}"
boot
early || fail "the near twin: $(cat "$W/early.log")"
is_shut $S4 22
sed -i 1d "$GOOD"
boot
rc=0
early || rc=$?
[ $rc = 65 ] && grep -q "$GOOD: " "$W/early.log" || fail "$rc, $(cat "$W/early.log")"
say "its file"

# A hangup while it starts: the configuration takes a while to be read.
for i in $(seq 1500); do
  printf "user p%d { key = '%040d' }\n" "$i" "$i" > "$ETC/users.d/p$i.conf"
done
exe () { [ "$(readlink "/proc/$1/exe")" = "$(readlink -f "$POSTERN_BIN/posternd")" ]; }
ip netns exec "$SERVER" posternd --config "$ETC" > "$W/hup.log" 2>&1 &
POSTERND=$!
own $POSTERND
until_ok exe $POSTERND || fail "posternd does not begin"
kill -HUP $POSTERND
until_ok grep -q 'posternd: reloaded' "$W/hup.log" || fail "killed by SIGHUP: $(cat "$W/hup.log")"
is_shut $S4 22
stop
# And a stop: it ends in order, having started nothing.
: > "$W/term.log"
ip netns exec "$SERVER" posternd --config "$ETC" > "$W/term.log" 2>&1 &
early_pid=$!
own $early_pid
until_ok exe $early_pid || fail "posternd does not begin"
kill -TERM $early_pid
rc=0
wait $early_pid || rc=$?
[ $rc = 0 ] && grep -q 'posternd: stopped' "$W/term.log" || fail "SIGTERM: $rc, $(cat "$W/term.log")"
say "signals"

# The units, by systemd's own reading, where it is there.
if command -v systemd-analyze >/dev/null; then
  for unit in postern.service postern-shut.service; do
    sed "s,@pkglibexecdir@,$POSTERN_BIN,; s,@sbindir@,$POSTERN_BIN,; s,@localstatedir@,/var," \
      "$srcdir/contrib/$unit" > "$W/$unit"
  done
  systemd-analyze verify --man=no "$W/postern.service" "$W/postern-shut.service" \
    > "$W/verify" 2>&1 || fail "the units: $(cat "$W/verify")"
  grep -q "$W\|postern" "$W/verify" && fail "the units: $(cat "$W/verify")"
else
  say "no systemd-analyze: the units were not looked at"
fi
say "ok"
