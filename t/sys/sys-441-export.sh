#!/bin/bash
# Who reads an answer slowly, or not at all, holds no request up; an export
# is whole, or says that it is not.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 timeout
setup
person alice
server
listen 22
enroll alice
start
# Each answer to a request comes at once, and not when a reader goes on.
opens () {
  as alice postern open web1 --for 30s > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
}
opens "with a small audit"
stop
db=$ETC/state/decide/store.db
sqlite3 "$db" "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
  INSERT INTO audit (time, host, result, stage, reason, count, detail)
  SELECT unixepoch (), 'web1', 'event', 'clock', 'something took place', 1, printf ('%0200d', i) FROM n;
  INSERT INTO chain_open SELECT row FROM audit WHERE row NOT IN (SELECT row FROM chain);" \
  || fail "cannot fill the audit"
chown _postern: "$db"*
start

cat > "$W/pausing.py" <<'END'
# Takes a little, says so, and takes the rest when told to.
import os, sys
started, go_on = sys.argv[1:]
first = os.read(0, 4000)
open(started, "w").close()
with open(go_on) as f:
    f.read()
sys.stdout.buffer.write(first)
while data := os.read(0, 1 << 16):
    sys.stdout.buffer.write(data)
END
# export_slowly NAME: its exit code goes to $W/NAME.rc, it to $W/NAME.
export_slowly () {
  mkfifo "$W/$1.go"
  (
    rc=0
    set -o pipefail
    ctl audit export 2> "$W/$1.err" | python3 "$W/pausing.py" "$W/$1.started" "$W/$1.go" > "$W/$1" || rc=$?
    echo $rc > "$W/$1.rc"
  ) &
  own $!
  until_ok test -e "$W/$1.started" || fail "$1: it does not begin"
}
go_on () {
  : > "$W/$1.go"
  until_ok test -s "$W/$1.rc" || fail "$1: it does not end"
}
verify () {
  rc=0
  ctl audit verify "$@" > "$W/verify" 2>&1 || rc=$?
}
is_whole () {
  [ "$(cat "$W/$1.rc")" = 0 ] || fail "$1: exit code $(cat "$W/$1.rc"), $(cat "$W/$1.err")"
  tail -n 1 "$W/$1" | grep -q '"postern-audit-end":1' || fail "$1: $(tail -n 1 "$W/$1")"
  verify "$W/$1"
  [ $rc = 0 ] && grep -q "the chain holds" "$W/verify" || fail "$1: $rc, $(cat "$W/verify")"
}

# Somebody asks all and reads nothing at all.
cat > "$W/deaf.py" <<'END'
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"CHAIN\n" * 50)
open(sys.argv[2], "w").close()
time.sleep(1000)
END
python3 "$W/deaf.py" "$ETC/run/control" "$W/deaf.started" &
own $!
until_ok test -e "$W/deaf.started" || fail "nobody is deaf"

export_slowly one
opens "beside readers that do not read"
ctl status > "$W/out" || fail "status"
ctl audit --last 1 | grep -q alice || fail "audit: $(ctl audit --last 1)"
go_on one
is_whole one
say "a reader that pauses gets all of it, and holds nobody up"

# A reload ends the connection, and the next process goes on with it.
export_slowly two
opens "beside another"
reload_all
opens "after the reload"
go_on two
is_whole two
[ "$(grep -c '"postern-audit":1' "$W/two")" = 2 ] || fail "the reload was not in its midst"
say "a reload in the midst of it: it is whole"

# Where the reader goes, or posternd does, it is told.
rc=0
(set -o pipefail; ctl audit export 2> "$W/err" | head -c 5000 > "$W/out") || rc=$?
[ $rc = 74 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q "not complete" "$W/err" \
  || fail "the reader left: $rc, $(cat "$W/err")"
rc=0
ctl audit export > /dev/full 2> "$W/err" || rc=$?
[ $rc = 74 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q "not complete" "$W/err" \
  || fail "a full disk: $rc, $(cat "$W/err")"
export_slowly three
stop
go_on three
[ "$(cat "$W/three.rc")" != 0 ] && [ "$(wc -l < "$W/three.err")" = 1 ] \
  && grep -q "not complete" "$W/three.err" \
  || fail "posternd left: $(cat "$W/three.rc" "$W/three.err")"
start
verify "$W/three"
[ $rc = 65 ] && grep -q "cut off" "$W/verify" || fail "three: $rc, $(cat "$W/verify")"
say "what is not whole says so"

# And verify finds what was cut off later, wherever.
cut_off () {
  verify "$W/cut"
  [ $rc = 65 ] && grep -q "cut off" "$W/verify" || fail "cut off $1: $rc, $(cat "$W/verify")"
}
head -n -1 "$W/one" > "$W/cut"
cut_off "the last line"
head -n 100 "$W/one" > "$W/cut"
cut_off "at a line"
head -c 100000 "$W/one" > "$W/cut"
cut_off "within a line"
cp "$W/one" "$W/cut"
verify "$W/cut"
[ $rc = 0 ] || fail "whole: $rc, $(cat "$W/verify")"
say "what was cut off is found"

# No more of a line is read than one of ours may have: this one has no end.
echo 0 > "$W/rc"
(
  ulimit -v 1000000
  tr '\0' a < /dev/zero 2>/dev/null \
    | { in_server timeout -k 5 100 posternctl --config "$ETC" audit verify - > "$W/verify" 2>&1 \
          || echo $? > "$W/rc"; }
) || :
[ "$(cat "$W/rc")" = 65 ] && grep -q "neither an export of 'posternctl audit export'" "$W/verify" \
  || fail "a line without end: $(cat "$W/rc" "$W/verify")"
verify - < "$W/one"
[ $rc = 0 ] || fail "from stdin: $rc, $(cat "$W/verify")"
say "lines are read up to a limit"
